// The judge is no rubber stamp: each thing that must not be is found.

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
  it('has nothing against a review that only adds', () => {
    expect(judge(eventOf(), target, outcomeOf({}))).toBeUndefined();
    expect(judge(eventOf(), target, outcomeOf(patched(volume)))).toBeUndefined();
  });

  it.each([null, 'text', 0])('takes nothing but a 400 for %j in place of an event', (event) => {
    const judged = (statusCode: number) =>
      judge(
        event as unknown as LambdaFunctionURLEvent,
        target,
        outcomeOf({ statusCode, body: JSON.stringify(statusOf(statusCode)) }),
      );

    expect(judged(400)).toBeUndefined();
    for (const status of [401, 500]) expect(judged(status)).toBe(`${status} for what is no event`);
  });

  it.each<[string, Answered, RegExp]>([
    ['a 500', { statusCode: 500 }, /the status is 500/],
    ['a 503 where no cluster is read', { statusCode: 503 }, /the status is 503/],
    ['no status', { statusCode: 'ok' }, /the status is "ok"/],
    ['a text in place of JSON', { headers: { 'content-type': 'text/plain' } }, /content type/],
    ['a 400 that is no Status', { statusCode: 400, body: '{}' }, /no metav1.Status/],
    ['another uid', { response: { uid: 'other' } }, /uid/],
    ['an answer that is neither yes nor no', { response: { allowed: null } }, /allowed/],
    ['a patch without its type', { response: { patch: 'W10=' } }, /without its patchType/],
    ['a removal', patched({ op: 'remove', path: '/spec/volumes' }), /the patch has/],
    ['a path that is not ours', patched({ ...volume, path: '/spec/hostNetwork' }), /the patch has/],
    ['a place that is not there', patched({ ...volume, path: '/spec/initContainers/0' }), /no .* to add to/],
    ['what takes the place of a list', patched({ ...volume, path: '/metadata', value: {} }), /loses/],
    ['the user’s words in the patch', patched({ ...volume, value: [canary] }), /what the user wrote/],
    ['a warning with a line break', { response: { warnings: ['a\nb'] } }, /control characters/],
    ['no log line', { log: [] }, /0 log lines/],
    ['a spec in the log', { log: [`{"status":200,"pod":"${canary}"}\n`] }, /the log line contains/],
    ['a log line without end', { log: [`{"status":200,"pod":"${'x'.repeat(9_000)}"}\n`] }, /characters/],
    ['a token in the answer', { response: { warnings: [callerToken] } }, /the answer contains/],
  ])('finds %s', (_, answered, found) => {
    expect(judge(eventOf(), target, outcomeOf(answered))).toMatch(found);
  });

  it('finds an answer to a stranger, an exception, and an answer that does not come', () => {
    const stranger = eventOf(undefined, ({ headers }) => void delete headers['authorization']);
    expect(judge(stranger, target, outcomeOf({}))).toMatch(/200 for a caller without a token/);
    expect(judge(eventOf(), target, { ...outcomeOf({}), thrown: new Error('x') })).toMatch(/it threw/);
    expect(judge(eventOf(), target, { ...outcomeOf({}), milliseconds: 60_000 })).toMatch(/took 60000 ms/);
  });
});
