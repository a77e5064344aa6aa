// The order, the dependencies and the time limits of checks.

import { describe, expect, it } from 'vitest';
import { type Check, failed, type Outcome, passed, Skipped, skipped } from '../../../cli/check/check.ts';
import type { CheckCode } from '../../../cli/check/check-codes.ts';
import type { CheckContext } from '../../../cli/check/context.ts';
import { runChecks } from '../../../cli/check/run-checks.ts';
import { TimeLimits } from '../../../cli/check/time-limits.ts';
import { KubeApiError } from '../../../cli/kubectl/kube-api-error.ts';

/** No check of this file uses it. */
const context = { limits: new TimeLimits() } as CheckContext;
const code = 'cluster-reachable';
const other = 'other' as CheckCode;

const results = async (...checks: readonly Check[]) =>
  (await Promise.all(runChecks(checks, context))).map(({ outcomes }) => outcomes);

describe('runChecks', () => {
  it('skips a check that needs one that failed', async () => {
    const ran: string[] = [];
    const [, dependent] = await results(
      { code, run: async () => failed('no', 'do') },
      {
        code: other,
        needs: [code],
        run: async () => {
          ran.push(other);
          return passed();
        },
      },
    );

    expect(dependent).toEqual([skipped('it needs cluster-reachable')]);
    expect(ran).toEqual([]);
  });

  it('skips a check that needs one that was skipped', async () => {
    const [, dependent] = await results(
      {
        code,
        run: async () => {
          throw new Skipped('--no-network');
        },
      },
      { code: other, needs: [code], run: async () => passed() },
    );

    expect(dependent).toEqual([skipped('it needs cluster-reachable')]);
  });

  it('runs a check that runs unless another one failed, if that one was skipped', async () => {
    const unlessFailed: readonly CheckCode[] = [code];
    const run = async () => passed();
    const [, afterSkipped] = await results(
      { code, run: async () => skipped('no') },
      { code: other, unlessFailed, run },
    );
    const [, afterFailed] = await results(
      { code, run: async () => failed('no', 'do') },
      { code: other, unlessFailed, run },
    );

    expect(afterSkipped).toEqual([passed()]);
    expect(afterFailed).toEqual([skipped('it needs cluster-reachable')]);
  });

  it('runs a check whose need was not chosen', async () => {
    const outcomes = await results({ code: other, needs: [code], run: async () => passed() });

    expect(outcomes).toEqual([[passed()]]);
  });

  it('fails a check without a result, and ends its requests', async () => {
    let aborted = false;
    const [outcomes] = await results({
      code,
      timeoutMs: 10,
      run: (_, signal) =>
        new Promise(() => {
          signal.addEventListener('abort', () => {
            aborted = true;
          });
        }),
    });

    expect(outcomes).toMatchObject([{ result: 'failed', cause: 'no result within 0.01 s' }]);
    expect(aborted).toBe(true);
  });

  it('gives each check the time of --timeout instead of its own', async () => {
    const slow = () => new Promise<Outcome>((resolve) => setTimeout(() => resolve(passed()), 100));
    const [report] = await Promise.all(
      runChecks([{ code, timeoutMs: 1, run: slow }], { limits: new TimeLimits(60_000) } as CheckContext),
    );

    expect(report?.outcomes).toEqual([passed()]);
  });

  it('skips what the user may not read', async () => {
    const [outcomes] = await results({
      code,
      run: async () => {
        const text = JSON.stringify({ message: 'User "jane" cannot list secrets' });
        throw KubeApiError.answered('GET /api', { status: 403, text });
      },
    });

    expect(outcomes).toEqual([skipped('User "jane" cannot list secrets')]);
  });

  it('reports an unexpected error as a failure without a stack trace', async () => {
    const [outcomes] = await results({
      code,
      run: async () => {
        throw new TypeError('x is not a function');
      },
    });

    expect(outcomes).toMatchObject([
      { result: 'failed', cause: 'the check itself ended with an error: x is not a function' },
    ]);
  });
});
