// Tests of abortable: it rejects with the signal's reason, and does not affect the work or other callers.

import { describe, expect, it } from 'vitest';
import { abortable } from '../../../lib/common/deadline.ts';

describe('work with an abort signal', () => {
  it('settles as the work does if that comes first', async () => {
    const { signal } = new AbortController();

    await expect(abortable(Promise.resolve('done'), signal)).resolves.toBe('done');
    await expect(abortable(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
  });

  it("rejects with the signal's reason, also if it has already aborted", async () => {
    const controller = new AbortController();
    const never = new Promise(() => undefined);

    const pending = abortable(never, controller.signal);
    controller.abort(new Error('out of time'));

    await expect(pending).rejects.toThrow('out of time');
    await expect(abortable(never, controller.signal)).rejects.toThrow('out of time');
  });

  it('continues for other callers when one aborts', async () => {
    const controller = new AbortController();
    const work = Promise.withResolvers<string>();

    const aborted = abortable(work.promise, controller.signal);
    const waiting = abortable(work.promise, new AbortController().signal);
    controller.abort(new Error('out of time'));
    await expect(aborted).rejects.toThrow('out of time');
    work.resolve('done');

    await expect(waiting).resolves.toBe('done');
  });

  it('causes no unhandled rejection if it fails after every caller aborted', async () => {
    const work = Promise.withResolvers<string>();

    await expect(abortable(work.promise, AbortSignal.abort(new Error('out of time')))).rejects.toThrow('out of time');
    work.reject(new Error('too late'));
    await new Promise((resolve) => setImmediate(resolve));
  });
});
