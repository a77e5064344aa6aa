// The judge finds every kind of wrong answer.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { eventOf, reviewOf } from '../fakes/events.ts';
import { callerToken } from '../fakes/secrets.ts';
import { judge } from './judge.ts';
import { canary } from './odd-values.ts';
import type { Outcome, Target } from './targets.ts';

const target: Target = { name: 'test', handler: async () => undefined, takesPathKey: false };
const { uid } = reviewOf().request;
const volume = { op: 'add', path: '/spec/volumes', value: [{ name: 'cwii-aws-token' }] };

interface Answered {
  statusCode?: unknown;
  headers?: Record<string, string>;
  response?: Record<string, unknown>;
  body?: string;
  log?: string[];
}

function outcomeOf({ statusCode = 200, headers, response = {}, body, log }: Answered): Outcome {
  const review = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid, allowed: true, ...response },
  };
  return {
    result: {
      statusCode,
      headers: headers ?? { 'content-type': 'application/json' },
      body: body ?? JSON.stringify(review),
    },
    log: log ?? [`${JSON.stringify({ status: statusCode })}\n`],
    milliseconds: 1,
  };
}

const statusOf = (code: number) => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  message: 'no',
  reason: 'no',
  code,
});

const patched = (...operations: object[]) => ({
  response: { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') },
});

describe('the judge', () => {
  it('accepts a review without a patch, and one with a patch that only adds', () => {
    expect(judge(eventOf(), target, outcomeOf({}))).toBeUndefined();
    expect(judge(eventOf(), target, outcomeOf(patched(volume)))).toBeUndefined();
  });

  it.each([null, 'text', 0])('accepts only a 400 for %j instead of an event', (event) => {
    const judged = (statusCode: number) =>
      judge(
        event as unknown as LambdaFunctionURLEvent,
        target,
        outcomeOf({ statusCode, body: JSON.stringify(statusOf(statusCode)) }),
      );

    expect(judged(400)).toBeUndefined();
    for (const status of [401, 500]) expect(judged(status)).toBe(`${status} for a value that is not an event`);
  });

  it.each<[string, Answered, RegExp]>([
    ['a 500', { statusCode: 500 }, /the status is 500/],
    ['a 503 of a function that reads no cluster', { statusCode: 503 }, /the status is 503/],
    ['no status', { statusCode: 'ok' }, /the status is "ok"/],
    ['text instead of JSON', { headers: { 'content-type': 'text/plain' } }, /content type/],
    ['a 400 without a Status', { statusCode: 400, body: '{}' }, /not a metav1.Status/],
    ['another uid', { response: { uid: 'other' } }, /uid/],
    ['an answer that neither allows nor refuses', { response: { allowed: null } }, /allowed/],
    ['a patch without its type', { response: { patch: 'W10=' } }, /without its patchType/],
    ['a removal', patched({ op: 'remove', path: '/spec/volumes' }), /the patch has/],
    ['a path that is not ours', patched({ ...volume, path: '/spec/hostNetwork' }), /the patch has/],
    ['a path that does not exist', patched({ ...volume, path: '/spec/initContainers/0' }), /no .* to add to/],
    ['a replaced object', patched({ ...volume, path: '/metadata', value: {} }), /loses/],
    ['text of the user in the patch', patched({ ...volume, value: [canary] }), /text of the user/],
    ['a warning with a line break', { response: { warnings: ['a\nb'] } }, /control characters/],
    ['a missing log line', { log: [] }, /0 log lines/],
    ['a spec in the log', { log: [`{"status":200,"pod":"${canary}"}\n`] }, /the log line contains/],
    ['a very long log line', { log: [`{"status":200,"pod":"${'x'.repeat(9_000)}"}\n`] }, /characters/],
    ['a token in the answer', { response: { warnings: [callerToken] } }, /the answer contains/],
  ])('finds %s', (_, answered, found) => {
    expect(judge(eventOf(), target, outcomeOf(answered))).toMatch(found);
  });

  it('finds an answer to an unknown caller, an exception, and a very late answer', () => {
    const unknown = eventOf(undefined, ({ headers }) => void delete headers['authorization']);
    expect(judge(unknown, target, outcomeOf({}))).toMatch(/200 for a caller without a token/);
    expect(judge(eventOf(), target, { ...outcomeOf({}), thrown: new Error('x') })).toMatch(/it threw/);
    expect(judge(eventOf(), target, { ...outcomeOf({}), milliseconds: 60_000 })).toMatch(/took 60000 ms/);
  });
});
