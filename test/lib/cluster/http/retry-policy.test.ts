// Tests of the retry policies: which failures are retried, when, and for how long.

import { describe, expect, it } from 'vitest';
import { type AttemptLimits, BackoffRetry, HedgedRetry } from '../../../../lib/cluster/http/retry-policy.ts';
import { ApiError, type FailureContext, statusError, transportError } from '../../../../lib/cluster/http/status.ts';
import { AnswerTooLargeError } from '../../../../lib/cluster/http/transport.ts';
import { Deadline } from '../../../../lib/common/deadline.ts';

const context: FailureContext = { subject: 'the object could not be read' };
const answered = (status: number, headers = {}) => statusError({ status, headers, body: '' }, context);
const lost = transportError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }), context);

const untilAborted = ({ signal }: AttemptLimits) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(transportError(signal.reason, context)));
  });

/** Attempts with these outcomes in order; the last one repeats. */
function attemptsWith(...outcomes: readonly (string | Error)[]) {
  const seen = { limits: [] as AttemptLimits[], pauses: [] as number[] };
  let last = performance.now();
  const attempt = async (limits: AttemptLimits): Promise<string> => {
    seen.pauses.push(performance.now() - last);
    last = performance.now();
    seen.limits.push(limits);
    const outcome = outcomes[Math.min(seen.limits.length, outcomes.length) - 1] ?? '';
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  return { seen, attempt };
}

describe('a retry with backoff', () => {
  it.each([
    ['401', answered(401)],
    ['429', answered(429)],
    ['500', answered(500)],
    ['503', answered(503)],
    ['a lost connection', lost],
  ])('retries after %s', async (_, failure) => {
    const { seen, attempt } = attemptsWith(failure, 'value');
    const retry = new BackoffRetry();

    expect(await retry.run(attempt)).toBe('value');
    expect(seen.limits).toHaveLength(2);
    expect(retry.attempts).toBe(2);
  });

  it.each([
    ['302', answered(302)],
    ['403', answered(403)],
    ['404', answered(404)],
    ['422', answered(422)],
    ['an answer that is too large', transportError(new AnswerTooLargeError(), context)],
    ['a credential that cannot be read', new ApiError('credential-unreadable', context)],
    ['a bug', new TypeError('x is not a function')],
  ])('does not retry after %s', async (_, failure) => {
    const { seen, attempt } = attemptsWith(failure);

    await expect(new BackoffRetry().run(attempt)).rejects.toBe(failure);
    expect(seen.limits).toHaveLength(1);
  });

  it('fails with the last error after three attempts', async () => {
    const last = answered(500);
    const { seen, attempt } = attemptsWith(lost, answered(503), last);

    await expect(new BackoffRetry().run(attempt)).rejects.toBe(last);
    expect(seen.limits).toHaveLength(3);
  });

  it('waits for the time of Retry-After', async () => {
    const { seen, attempt } = attemptsWith(answered(429, { 'retry-after': '1' }), 'value');

    expect(await new BackoffRetry().run(attempt)).toBe('value');
    // A timer may be a millisecond early.
    expect(seen.pauses[1]).toBeGreaterThan(990);
  });

  it('waits without a Retry-After, and without a valid one', async () => {
    const unreadable = answered(503, { 'retry-after': 'Sun, 01 Nov 2026 00:00:00 GMT' });
    const { seen, attempt } = attemptsWith(answered(429), unreadable, lost);

    await expect(new BackoffRetry().run(attempt)).rejects.toBe(lost);
    for (const pause of seen.pauses.slice(1)) expect(pause).toBeGreaterThan(100);
  });

  it('fails at once if Retry-After is beyond the deadline', async () => {
    const failure = answered(429, { 'retry-after': '30' });
    const { seen, attempt } = attemptsWith(failure);

    await expect(new BackoffRetry().run(attempt)).rejects.toBe(failure);
    expect(seen.limits).toHaveLength(1);
  });

  it('ends an attempt without an answer early enough for another one', async () => {
    const { attempt } = attemptsWith('value');
    let attempts = 0;

    expect(
      await new BackoffRetry(1000).run((limits) => (++attempts === 1 ? untilAborted(limits) : attempt(limits))),
    ).toBe('value');
  });
});

describe('a hedged retry', () => {
  it('sends a second request after half of the time, and takes the first answer', async () => {
    using deadline = new Deadline(400);
    const retry = new HedgedRetry(deadline);
    const started = performance.now();
    const startedAt: number[] = [];

    const value = await retry.run(async (limits) => {
      startedAt.push(performance.now() - started);
      return startedAt.length === 1 ? untilAborted(limits) : 'second';
    });

    expect(value).toBe('second');
    expect(retry.attempts).toBe(2);
    expect(startedAt[1]).toBeGreaterThan(190);
  });

  it('takes the answer to the first request if it comes before the second', async () => {
    using deadline = new Deadline(400);
    const retry = new HedgedRetry(deadline);
    const slow = Promise.withResolvers<string>();

    const value = await retry.run((limits) => {
      if (retry.attempts === 1) return slow.promise;
      slow.resolve('first');
      return untilAborted(limits);
    });

    expect(value).toBe('first');
    expect(retry.attempts).toBe(2);
  });

  it('fails with the error of the second request if both fail', async () => {
    using deadline = new Deadline(200);
    const retry = new HedgedRetry(deadline);
    const second = answered(403);

    const run = retry.run((limits) => (retry.attempts === 1 ? untilAborted(limits) : Promise.reject(second)));

    await expect(run).rejects.toBe(second);
  });

  it('tells the first attempt, and only it, when the second request is sent', async () => {
    using deadline = new Deadline(200);
    const { seen, attempt } = attemptsWith(lost, 'value');

    await new HedgedRetry(deadline).run(attempt);

    expect(seen.limits.map(({ hedgeSignal }) => hedgeSignal?.aborted)).toEqual([false, undefined]);
  });

  it('makes at most two attempts', async () => {
    using deadline = new Deadline(5000);
    const { seen, attempt } = attemptsWith(lost);
    const retry = new HedgedRetry(deadline);

    await expect(retry.run(attempt)).rejects.toBe(lost);
    expect(seen.limits).toHaveLength(2);
    expect(retry.attempts).toBe(2);
  });

  it.each([
    ['a failure that retrying does not help', answered(403)],
    ['a Retry-After beyond the deadline', answered(429, { 'retry-after': '30' })],
    ['a bug', new TypeError('x is not a function')],
  ])('does not retry after %s', async (_, failure) => {
    using deadline = new Deadline(5000);
    const { seen, attempt } = attemptsWith(failure);

    await expect(new HedgedRetry(deadline).run(attempt)).rejects.toBe(failure);
    expect(seen.limits).toHaveLength(1);
  });
});
