// Knows that one who gives up waiting learns why, and disturbs neither the work nor the others who wait.

import { describe, expect, it } from 'vitest';
import { abortable } from '../../../lib/common/deadline.ts';

describe('work that is waited for with a signal', () => {
  it('ends as it does, where it ends first', async () => {
    const { signal } = new AbortController();

    await expect(abortable(Promise.resolve('done'), signal)).resolves.toBe('done');
    await expect(abortable(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
  });

  it("is given up with the signal's reason, also where that was over before", async () => {
    const giveUp = new AbortController();
    const never = new Promise(() => undefined);

    const pending = abortable(never, giveUp.signal);
    giveUp.abort(new Error('out of time'));

    await expect(pending).rejects.toThrow('out of time');
    await expect(abortable(never, giveUp.signal)).rejects.toThrow('out of time');
  });

  it('goes on for others when one gives up', async () => {
    const giveUp = new AbortController();
    const work = Promise.withResolvers<string>();

    const impatient = abortable(work.promise, giveUp.signal);
    const patient = abortable(work.promise, new AbortController().signal);
    giveUp.abort(new Error('out of time'));
    await expect(impatient).rejects.toThrow('out of time');
    work.resolve('done');

    await expect(patient).resolves.toBe('done');
  });

  it('that fails after everybody has given up is no unhandled rejection', async () => {
    const work = Promise.withResolvers<string>();

    await expect(abortable(work.promise, AbortSignal.abort(new Error('out of time')))).rejects.toThrow('out of time');
    work.reject(new Error('too late'));
    await new Promise((resolve) => setImmediate(resolve));
  });
});
