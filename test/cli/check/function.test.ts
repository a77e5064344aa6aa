// The judgements about the deployed function: state, settings, concurrency, token, errors.

import { describe, expect, it } from 'vitest';
import {
  compareEnvironments,
  judgeConcurrency,
  judgeState,
  judgeToken,
} from '../../../cli/check/function/deployed-checks.ts';
import { describeErrors } from '../../../cli/check/function/last-errors.ts';
import { judgeErrors, judgeThrottles } from '../../../cli/check/function/metric-checks.ts';
import { judgeFunctionVersion } from '../../../cli/check/function/version.ts';

describe('the state', () => {
  it.each([
    [{}, 'passed'],
    [{ State: 'Active', LastUpdateStatus: 'Successful' }, 'passed'],
    [{ State: 'Failed', StateReason: 'no subnet' }, 'failed'],
    [{ State: 'Active', LastUpdateStatus: 'Failed' }, 'failed'],
    [{ State: 'Inactive' }, 'warning'],
  ])('%o: %s', (found, result) => {
    expect(judgeState(found).result).toBe(result);
  });

  it("tells Lambda's reason", () => {
    expect(judgeState({ State: 'Failed', StateReason: 'no subnet' }).cause).toBe('the function is Failed: no subnet');
  });
});

describe('the environment', () => {
  const digest = '53182caa'.padEnd(64, '0');

  it('has no difference in a variable that is equal to its default, and in one of another program', () => {
    expect(
      compareEnvironments(
        { CWII_CACHE_SECONDS: '0', NODE_OPTIONS: '-x', CWII_KUBE_CA: 'a\\nb' },
        { CWII_KUBE_CA: 'a\nb\n' },
      ),
    ).toEqual({ result: 'passed' });
  });

  it('names each difference with both values, of a digest only its beginning', () => {
    const outcome = compareEnvironments(
      { CWII_CALLER_TOKEN_SHA256: digest, CWII_KUBE_API_URL: 'https://a', CWII_KUBE_CA: 'x' },
      { CWII_CALLER_TOKEN_SHA256: digest.replace('5', '6'), CWII_KUBE_API_URL: 'https://b', CWII_CACHE_SECONDS: '5' },
    );

    expect(outcome).toMatchObject({
      result: 'failed',
      cause:
        'the function has other settings: CWII_CACHE_SECONDS is not set, cwii.yaml says "5"; ' +
        'CWII_CALLER_TOKEN_SHA256 is 53182caa…, cwii.yaml says 63182caa…; ' +
        'CWII_KUBE_API_URL is "https://a", cwii.yaml says "https://b"; ' +
        'CWII_KUBE_CA is another certificate, cwii.yaml says not set',
    });
    expect(JSON.stringify(outcome)).not.toContain(digest);
  });
});

describe('the reserved concurrency', () => {
  const cluster = (reservedConcurrency?: number | 'unreserved') => ({
    function: { logRetentionDays: 30 as const, ...(reservedConcurrency !== undefined && { reservedConcurrency }) },
  });

  it.each([
    [50, cluster(), 'passed'],
    [20, cluster(20), 'passed'],
    [undefined, cluster('unreserved'), 'passed'],
    [undefined, cluster(), 'warning'],
    [0, cluster(0), 'failed'],
    [7, undefined, 'passed'],
  ])('%s: %o: %s', (found, of, result) => {
    expect(judgeConcurrency(found, of).result).toBe(result);
  });
});

describe('the stored token', () => {
  const now = Date.parse('2026-12-01T12:00:00Z');
  const VersionIdsToStages = { v1: ['AWSCURRENT'] };

  it.each([
    ['has no version', {}, 'failed', 'the secret has no token yet'],
    [
      'is fresh, as version 2 of the CLI prints it',
      { VersionIdsToStages, LastChangedDate: '2026-12-01T11:00:00Z' },
      'passed',
      undefined,
    ],
    [
      'is fresh, as version 1 prints it',
      { VersionIdsToStages, LastChangedDate: now / 1000 - 3600 },
      'passed',
      undefined,
    ],
    [
      'is not rotated',
      { VersionIdsToStages, LastChangedDate: '2026-11-30T20:00:00Z' },
      'warning',
      'the stored token is 16.0 h old, of a lifetime of 24.0 h: it is not rotated',
    ],
    [
      'has expired',
      { VersionIdsToStages, LastChangedDate: '2026-11-29T20:00:00Z' },
      'failed',
      'the stored token is 40.0 h old, of a lifetime of 24.0 h: it has expired',
    ],
  ])('%s', (_, found, result, cause) => {
    const outcome = judgeToken(found, 86_400, now);

    expect(outcome.result).toBe(result);
    expect(outcome.cause).toBe(cause);
  });
});

describe('errors', () => {
  it('are counted by their kind', () => {
    expect(judgeErrors({ crashes: 2, readFailures: 3, throttles: 9 }, ['last errors: x']).cause).toBe(
      'in the last hour: 2 calls ended without an answer; 3 reads of the cluster failed. last errors: x',
    );
    expect(judgeErrors({ crashes: 0 }, []).result).toBe('passed');
    expect(judgeThrottles(4).cause).toContain('Lambda rejected 4 calls');
    expect(judgeThrottles(0).result).toBe('passed');
  });
});

describe('the last errors', () => {
  const at = (second: number) => Date.UTC(2026, 11, 1, 12, 0, second);
  const line = (second: number, entry: object) => ({ timestamp: at(second), message: `${JSON.stringify(entry)}\n` });

  it('are the newest distinct texts, with their counts and times', () => {
    const refused = { level: 'error', code: 'cluster-unreachable', error: 'ClusterReadError: connect ECONNREFUSED' };
    const events = [
      line(1, { ...refused, uid: '1', pod: 'shop/secret-name' }),
      line(2, { level: 'error', code: 'internal-error', error: 'TypeError: x is undefined' }),
      line(3, { ...refused, uid: '2' }),
    ];

    expect(describeErrors({ events })).toBe(
      'last errors: cluster-unreachable: ClusterReadError: connect ECONNREFUSED (2 times, last at 2026-12-01T12:00:03.000Z); internal-error: TypeError: x is undefined (1 time, last at 2026-12-01T12:00:02.000Z)',
    );
  });

  it.each([
    ['a crash', { level: 'ERROR', errorType: 'Error', errorMessage: 'no memory' }, 'Error: no memory'],
    [
      'a crash with a nested message',
      { level: 'ERROR', message: { errorType: 'Error', errorMessage: 'no memory' } },
      'Error: no memory',
    ],
    ['a timeout', { type: 'platform.report', record: { status: 'timeout' } }, 'Lambda reports timeout'],
    ['a token', { level: 'error', error: 'bad eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln' }, 'bad …'],
    ['no text', { level: 'error' }, 'no message'],
  ])('have the text of %s', (_, entry, text) => {
    expect(describeErrors({ events: [line(1, entry)] })).toContain(`last errors: ${text} (1 time`);
  });

  it('count as one if only the ID of the request differs', () => {
    const events = ['1', '2'].map((id) =>
      line(1, { level: 'error', error: `request 1111111${id}-2222-3333-4444-555555555555 failed` }),
    );

    expect(describeErrors({ events })).toContain('request … failed (2 times');
  });

  it.each([
    ['other levels', { level: 'warn', error: 'x' }],
    ['calls that succeeded', { type: 'platform.report', record: { status: 'success' } }],
  ])('leave out %s', (_, entry) => {
    expect(describeErrors({ events: [line(1, entry), { timestamp: at(1), message: 'START' }] })).toBe(
      'its log has no error in this time',
    );
  });

  it('are three at most', () => {
    const events = Array.from({ length: 9 }, (_, index) => line(index, { level: 'error', code: `code-${index}` }));

    expect(describeErrors({ events })).toMatch(/^last errors: code-8 .*; code-7 .*; code-6 .*; and 6 more$/);
  });
});

describe('the version', () => {
  it('warns about another one', () => {
    expect(judgeFunctionVersion('0.1.0', '0.1.0')).toEqual({ result: 'passed', detail: '0.1.0' });
    expect(judgeFunctionVersion('0.1.0', '0.2.0')).toMatchObject({
      result: 'warning',
      cause: 'the stack was deployed by cwii 0.1.0, this is cwii 0.2.0',
    });
  });
});
