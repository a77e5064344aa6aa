// Tests the deadline of an answer, and waiting for work until a signal aborts.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { abortable, Deadline } from '../../../lib/common/deadline.ts';

describe('A deadline', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('aborts its signal when the time is over, and not before', () => {
    using deadline = new Deadline(1000);

    vi.advanceTimersByTime(999);
    const before = deadline.abortSignal().aborted;
    vi.advanceTimersByTime(1);

    expect([before, deadline.abortSignal().aborted]).toEqual([false, true]);
    expect(deadline.abortSignal().reason).toMatchObject({ name: 'CwiiError', code: 'deadline-exceeded' });
  });

  it('returns the remaining time, never a negative one', () => {
    using deadline = new Deadline(1000);

    const left = [0, 400, 600, 1000].map((milliseconds) => {
      vi.advanceTimersByTime(milliseconds);
      return deadline.remaining();
    });

    expect(left).toEqual([1000, 600, 0, 0]);
  });

  it.each([0, -5])('of %i milliseconds is over at once', (milliseconds) => {
    using deadline = new Deadline(milliseconds);

    vi.advanceTimersByTime(0);

    expect(deadline.remaining()).toBe(0);
    expect(deadline.abortSignal().aborted).toBe(true);
  });

  it('is not affected if the clock is set', () => {
    using deadline = new Deadline(1000);

    vi.setSystemTime(Date.now() + 3_600_000);

    expect(deadline.remaining()).toBe(1000);
  });

  it('removes its timer when it is disposed of', () => {
    const counts: number[] = [];
    {
      using deadline = new Deadline(1000);
      expect(deadline.abortSignal().aborted).toBe(false);
      counts.push(vi.getTimerCount());
    }
    counts.push(vi.getTimerCount());

    expect(counts).toEqual([1, 0]);
  });

  it('starts no timer until its signal is used', () => {
    using deadline = new Deadline(1000);

    expect(deadline.remaining()).toBe(1000);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('abortable', () => {
  const never = new Promise(() => undefined);
  const timeout = new Error('timeout');

  it('settles as the work does if the work ends first', async () => {
    const { signal } = new AbortController();

    await expect(abortable(Promise.resolve('done'), signal)).resolves.toBe('done');
    await expect(abortable(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
  });

  it('rejects with the reason of the signal if the signal aborts first', async () => {
    const controller = new AbortController();

    const pending = abortable(never, controller.signal);
    controller.abort(timeout);

    await expect(pending).rejects.toBe(timeout);
  });

  it('rejects if the signal is already aborted', async () => {
    await expect(abortable(never, AbortSignal.abort(timeout))).rejects.toBe(timeout);
  });

  it('does not stop the work for other callers', async () => {
    const controller = new AbortController();
    const work = Promise.withResolvers<string>();

    const aborted = abortable(work.promise, controller.signal);
    const waiting = abortable(work.promise, new AbortController().signal);
    controller.abort(timeout);
    await expect(aborted).rejects.toBe(timeout);
    work.resolve('done');

    await expect(waiting).resolves.toBe('done');
  });

  it('causes no unhandled rejection if the work fails after the abort', async () => {
    const work = Promise.withResolvers<string>();

    await expect(abortable(work.promise, AbortSignal.abort(timeout))).rejects.toBe(timeout);
    work.reject(new Error('too late'));
    await new Promise((resolve) => setImmediate(resolve));
  });
});
