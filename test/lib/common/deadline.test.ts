// Tests of Deadline: its signal aborts once, on the monotonic clock.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadline } from '../../../lib/common/deadline.ts';

describe('a deadline', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('aborts its signal when the time is over, and not before', () => {
    using deadline = new Deadline(1000);

    vi.advanceTimersByTime(999);
    const before = deadline.abortSignal().aborted;
    vi.advanceTimersByTime(1);

    expect([before, deadline.abortSignal().aborted]).toEqual([false, true]);
    expect(deadline.abortSignal().reason).toMatchObject({ name: 'DeadlineExceededError', code: 'deadline-exceeded' });
  });

  it('has the remaining time, which is never negative', () => {
    using deadline = new Deadline(1000);

    const left = [0, 400, 600, 1000].map((milliseconds) => {
      vi.advanceTimersByTime(milliseconds);
      return deadline.remaining();
    });

    expect(left).toEqual([1000, 600, 0, 0]);
  });

  it.each([0, -5])('of %i milliseconds is exceeded at once', (milliseconds) => {
    using deadline = new Deadline(milliseconds);

    vi.advanceTimersByTime(0);

    expect(deadline.remaining()).toBe(0);
    expect(deadline.abortSignal().aborted).toBe(true);
  });

  it('does not change when the clock is set', () => {
    using deadline = new Deadline(1000);

    vi.setSystemTime(Date.now() + 3_600_000);

    expect(deadline.remaining()).toBe(1000);
  });

  it('has no timer after it is disposed of', () => {
    const counts: number[] = [];
    {
      using deadline = new Deadline(1000);
      expect(deadline.abortSignal().aborted).toBe(false);
      counts.push(vi.getTimerCount());
    }
    counts.push(vi.getTimerCount());

    expect(counts).toEqual([1, 0]);
  });

  it('starts no timer until its signal is requested', () => {
    using deadline = new Deadline(1000);

    expect(deadline.remaining()).toBe(1000);
    expect(vi.getTimerCount()).toBe(0);
  });
});
