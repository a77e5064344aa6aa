// The comparison of objects with those of `cwii manifests`, and the API server's counters.

import { describe, expect, it } from 'vitest';
import { describeRejections, judgeLatency, parseCounters } from '../../../cli/check/webhook/api-server-metrics.ts';
import { judgeCallerToken } from '../../../cli/check/webhook/caller-checks.ts';
import { differencesOf, describe as sentence } from '../../../cli/check/webhook/compare-objects.ts';
import { digestOf } from '../../../cli/secret-file.ts';

const object = (spec: unknown) => ({ apiVersion: 'v1', kind: 'Example', metadata: { name: 'x' }, spec });
const problem = (found: unknown, expected: unknown) => sentence(differencesOf(object(found), object(expected)));

describe('differencesOf', () => {
  it.each([
    ['a default of the API server', { a: 1, matchPolicy: 'Equivalent', objectSelector: {}, scope: '*' }, { a: 1 }],
    ['an undefined value', { a: 1 }, { a: 1, b: undefined }],
    ['the order of named items', { items: [{ name: 'b' }, { name: 'a' }] }, { items: [{ name: 'a' }, { name: 'b' }] }],
  ])('ignores %s', (_, found, expected) => {
    expect(problem(found, expected)).toBe('');
  });

  it.each([
    [{ a: 1 }, { a: 2 }, 'spec.a is 1 instead of 2'],
    [{ a: 1, b: 'x' }, { a: 1 }, 'spec.b is x instead of nothing'],
    [{ a: [1, 2] }, { a: [1] }, 'spec.a[1] is 2 instead of nothing'],
    [{ a: [{ name: 'x' }] }, { a: [] }, 'spec.a[x] is there instead of missing'],
    [
      { a: `${'x'.repeat(100)}y` },
      { a: `${'x'.repeat(100)}z` },
      `spec.a is "…${'x'.repeat(20)}y" instead of "…${'x'.repeat(20)}z"`,
    ],
    [{ a: 1, b: 1, c: 1, d: 1 }, { a: 2, b: 2, c: 2, d: 2 }, /; and 1 more$/],
  ])('finds in %j instead of %j', (found, expected, text) => {
    expect(problem(found, expected)).toEqual(typeof text === 'string' ? text : expect.stringMatching(text));
  });
});

const bucket = (limit: string, count: number, type = 'admit') =>
  `apiserver_admission_webhook_admission_duration_seconds_bucket{name="pods.cwii.dev",operation="CREATE",rejected="false",type="${type}",le="${limit}"} ${count}`;

describe('the counters of the API server', () => {
  const text = [
    '# HELP apiserver_admission_webhook_fail_open_count text',
    'apiserver_admission_webhook_fail_open_count{name="pods.cwii.dev",type="admit"} 3',
    'apiserver_admission_webhook_fail_open_count{name="workloads.cwii.dev",type="admit"} 70',
    'apiserver_admission_webhook_request_total{code="401",name="pods.cwii.dev",operation="CREATE",rejected="true",type="admit"} 3',
    'apiserver_admission_webhook_request_total{code="200",name="pods.cwii.dev",operation="CREATE",rejected="false",type="admit"} 1e+02',
    'apiserver_admission_webhook_rejection_count{error_type="calling_webhook_error",name="pods.cwii.dev",operation="CREATE",rejection_code="0",type="admit"} 4',
    'apiserver_admission_webhook_rejection_count{error_type="apiserver_internal_error",name="pods.cwii.dev",operation="CREATE",rejection_code="0",type="admit"} 1',
    'apiserver_admission_webhook_rejection_count{error_type="no_error",name="pods.cwii.dev",operation="CREATE",rejection_code="403",type="admit"} 2',
    bucket('0.5', 60),
    bucket('2.5', 90),
    bucket('10', 100),
    bucket('+Inf', 100),
    'apiserver_admission_webhook_admission_duration_seconds_count{name="pods.cwii.dev",operation="CREATE",rejected="false",type="admit"} 100',
  ].join('\n');

  it('are those of the webhook of pods', () => {
    expect(parseCounters(text)).toEqual({
      failedOpen: 3,
      byStatus: new Map([
        ['401', 3],
        ['200', 100],
      ]),
      calls: 100,
      withinSeconds: [
        [0.5, 60],
        [2.5, 90],
        [10, 100],
        [Number.POSITIVE_INFINITY, 100],
      ],
      rejected: { failed: 5, denied: 2 },
    });
  });

  it('tell how many pods were rejected, and nothing if none was', () => {
    expect(describeRejections(parseCounters(text))).toBe(
      "since the API server's start: 3 calls were refused with HTTP 401, 5 pods were rejected because the call failed, 2 pods were denied by cwii",
    );
    expect(describeRejections(parseCounters(''))).toBeUndefined();
  });

  it.each([
    [5, 'warning', '10 of 100 calls took longer than 2.5 s; the timeout is 5 s'],
    [13, 'passed', undefined],
  ])('tell with a timeout of %i s: %s', (timeout, result, cause) => {
    expect(judgeLatency(parseCounters(text), timeout)).toMatchObject({ result, ...(cause && { cause }) });
  });

  it('tell nothing with few calls', () => {
    expect(judgeLatency({ ...parseCounters(text), calls: 19 }, 5)).toMatchObject({ result: 'passed' });
  });
});

describe('the token of the API server', () => {
  const subject = 'system:serviceaccount:cwii-system:api-server';
  const token = (sub: string, minutes: number) => {
    const claims = { sub, exp: Date.now() / 1000 + minutes * 60 + 30 };
    return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
  };
  const bySubject = { tokenSha256: [], subjects: [subject] };

  it('passes with a known digest, or with a known subject and the minutes that are left', () => {
    expect(judgeCallerToken('secret', { tokenSha256: [digestOf('secret')], subjects: [] }).result).toBe('passed');
    expect(judgeCallerToken(token(subject, 40), bySubject)).toMatchObject({
      result: 'passed',
      detail: `${subject}, 40 minutes left`,
    });
  });

  it.each([
    ['another subject', token('system:serviceaccount:shop:web', 40), 'is that of system:serviceaccount:shop:web, but'],
    ['an expiry in the past', token(subject, -20), 'expired 20 minutes ago'],
    ['no claims', 'secret', 'but cwii.yaml has none'],
  ])('fails with %s', (_, text, cause) => {
    expect(judgeCallerToken(text, bySubject)).toMatchObject({
      result: 'failed',
      cause: expect.stringContaining(cause),
    });
  });
});
