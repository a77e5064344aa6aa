// Knows which answers and errors are worth another try, and that the API server's word on when it may come is kept.

import { describe, expect, it } from 'vitest';
import type { ConnectedAnswer } from '../../../../lib/cluster/http/connection.ts';
import { patiently } from '../../../../lib/cluster/http/retry-policy.ts';
import { CwiiError } from '../../../../lib/common/errors.ts';

const answered = (status: number, headers: ConnectedAnswer['headers'] = {}) => ({ status, headers });
const lost = new CwiiError('ECONNRESET', 'the connection was reset');

/** Meets the outcomes one after the other, and the last one from then on. */
function api(...outcomes: readonly (ReturnType<typeof answered> | Error)[]) {
  const seen = { tries: 0, discarded: 0, signals: [] as AbortSignal[], waited: [] as number[] };
  let last = performance.now();
  const send = async (signal: AbortSignal): Promise<ConnectedAnswer> => {
    seen.waited.push(performance.now() - last);
    last = performance.now();
    seen.signals.push(signal);
    const outcome = outcomes[Math.min(seen.tries++, outcomes.length - 1)];
    if (outcome === undefined) throw new Error('no outcome is given');
    if (outcome instanceof Error) throw outcome;
    return { ...outcome, body: '', discardConnection: () => void seen.discarded++ };
  };
  return { seen, send };
}

describe('a request for which no pod waits', () => {
  it.each([
    ['429', answered(429)],
    ['500', answered(500)],
    ['503', answered(503)],
    ['an error of the connection', lost],
  ])('is made again after %s', async (_, first) => {
    const { seen, send } = api(first, answered(200));

    expect(await patiently({ send })).toMatchObject({ status: 200 });
    expect(seen.tries).toBe(2);
  });

  it.each([200, 201, 302, 401, 403, 404, 422])('is not made again after %d', async (status) => {
    const { seen, send } = api(answered(status));

    expect(await patiently({ send })).toMatchObject({ status });
    expect(seen).toMatchObject({ tries: 1, discarded: 0 });
  });

  it('is made again after another answer where whoever asks can do better then', async () => {
    const { seen, send } = api(answered(401), answered(200));

    expect(await patiently({ send, alsoAgain: ({ status }) => status === 401 })).toMatchObject({ status: 200 });
    expect(seen.discarded).toBe(1);
  });

  it.each(['answer-too-large', 'credential-unreadable'])('is not made again after the error %s', async (code) => {
    const { seen, send } = api(new CwiiError(code, 'it stays so'));

    await expect(patiently({ send })).rejects.toMatchObject({ code });
    expect(seen.tries).toBe(1);
  });

  it.each([
    ['answer', answered(503)],
    ['error', lost],
  ])('is given up after three tries, with the last %s', async (_, outcome) => {
    const { seen, send } = api(outcome);

    const [settled] = await Promise.allSettled([patiently({ send })]);

    expect(settled.status === 'fulfilled' ? settled.value.status : settled.reason).toBe(outcome === lost ? lost : 503);
    expect(seen.tries).toBe(3);
  });

  it('comes again on a fresh connection, but keeps that of the last answer', async () => {
    const { seen, send } = api(answered(500));

    await patiently({ send });

    expect(seen.discarded).toBe(2);
  });

  it('does not come before the time that Retry-After names', async () => {
    const { seen, send } = api(answered(429, { 'retry-after': '1' }), answered(200));

    expect(await patiently({ send })).toMatchObject({ status: 200 });
    // A timer may be a millisecond early.
    expect(seen.waited[1]).toBeGreaterThan(990);
  });

  it('does not come at once where there is no Retry-After, or one that is no number of seconds', async () => {
    const { seen, send } = api(answered(429), answered(503, { 'retry-after': 'Sun, 01 Nov 2026 00:00:00 GMT' }), lost);

    await expect(patiently({ send })).rejects.toBe(lost);
    for (const waited of seen.waited.slice(1)) expect(waited).toBeGreaterThan(100);
  });

  it('is given up at once where Retry-After goes beyond the time', async () => {
    const { seen, send } = api(answered(429, { 'retry-after': '30' }));

    expect(await patiently({ send })).toMatchObject({ status: 429 });
    expect(seen).toMatchObject({ tries: 1, discarded: 0 });
  });

  it('leaves time for another try where the first has no answer', async () => {
    const { seen, send } = api(answered(200));
    const hanging = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const first = (signal: AbortSignal) => (seen.tries++ === 0 ? hanging(signal) : send(signal));

    expect(await patiently({ send: first, longestMs: 1000 })).toMatchObject({ status: 200 });
  });
});
