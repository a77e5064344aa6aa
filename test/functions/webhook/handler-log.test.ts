// Tests the log of the admission function: one line for each request, and its fields.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import type { ClusterReader } from '../../../lib/cluster/reader.ts';
import { ClusterReadError } from '../../../lib/common/errors.ts';
import { FakeCluster } from '../../fakes/cluster.ts';
import { eventOf, reviewOf, reviewOfPod } from '../../fakes/events.ts';
import { digestOf } from '../../fakes/secrets.ts';
import { reviewIn, startWebhook, type Webhook } from '../../fakes/webhook.ts';

const always = { time: expect.any(String), milliseconds: expect.any(Number), coldStart: expect.any(Boolean) };
const uid = reviewOf().request.uid;
const annotated = (annotations: Record<string, string>) =>
  reviewOfPod(({ metadata }) => {
    metadata.annotations = annotations;
  });
const digestPrefix = (secret: string) => digestOf(secret).toString('hex').slice(0, 8);
const unreadable: ClusterReader = {
  read: () => {
    const options = { cause: new Error('ECONNRESET'), attempts: 2 };
    return Promise.reject(new ClusterReadError('cluster-timeout', 'no answer', options));
  },
};

async function logOf(event: LambdaFunctionURLEvent, options: Parameters<typeof startWebhook>[0] = {}) {
  const webhook = startWebhook(options);
  await webhook.call(event);
  return onlyLineOf(webhook);
}

function onlyLineOf({ log }: Webhook): Record<string, unknown> {
  expect(log).toHaveLength(1);
  expect(log[0]).toMatch(/^\{[^\n]*\}\n$/);
  return JSON.parse(log[0] ?? '');
}

describe('The log line', () => {
  it('of an injected pod names the providers and counts the reads', async () => {
    const reader = new FakeCluster().serve('Namespace shop').serve('ServiceAccount shop/web');

    expect(await logOf(eventOf(), { reader, env: { CWII_CLUSTER_NAME: 'prod-eu' } })).toEqual({
      ...always,
      level: 'info',
      cluster: 'prod-eu',
      outcome: 'admitted',
      status: 200,
      uid,
      namespace: 'shop',
      pod: 'web',
      providers: ['aws'],
      reads: 2,
    });
  });

  it('cuts a long uid and namespace, but the answer does not', async () => {
    const review = reviewOf(({ request }) => {
      request.uid = 'u'.repeat(100_000);
      request.namespace = 'n'.repeat(100_000);
      request.operation = 'DELETE';
    });
    const webhook = startWebhook();

    const answer = await webhook.call(eventOf(review));

    expect(onlyLineOf(webhook)).toMatchObject({ uid: 'u'.repeat(64), namespace: 'n'.repeat(64) });
    expect(reviewIn(answer).response.uid).toBe(review.request.uid);
  });

  it('of a dry run says so', async () => {
    const review = reviewOf(({ request }) => {
      request.dryRun = true;
      request.object = { metadata: { generateName: 'web-' }, spec: {} };
    });

    expect(await logOf(eventOf(review))).toEqual({
      ...always,
      level: 'info',
      outcome: 'admitted',
      status: 200,
      uid,
      namespace: 'shop',
      pod: 'web-*',
      dryRun: true,
      reads: 0,
    });
  });

  it('of a denied pod lists the codes of its findings', async () => {
    const review = annotated({ 'cwii.dev/aws-role-arn': 'x', 'cwii.dev/a': '1', 'cwii.dev/b': '2' });

    expect(await logOf(eventOf(review))).toEqual({
      ...always,
      level: 'warn',
      outcome: 'denied',
      status: 200,
      uid,
      namespace: 'shop',
      pod: 'web',
      findings: ['annotation-unknown', 'aws-role-arn-invalid'],
      reads: 0,
    });
  });

  it('of a skipped request contains the reason', async () => {
    const review = reviewOf(({ request }) => {
      request.operation = 'UPDATE';
    });

    expect(await logOf(eventOf(review))).toEqual({
      ...always,
      level: 'info',
      outcome: 'skipped',
      code: 'not-a-create',
      status: 200,
      uid,
      namespace: 'shop',
      pod: 'web',
    });
  });

  it('of a failed read contains its code, its causes and the number of requests', async () => {
    const error = 'ClusterReadError: no answer <- Error: ECONNRESET';
    // Two objects, ServiceAccount and namespace, with two requests each.
    const read = { uid, namespace: 'shop', pod: 'web', code: 'cluster-timeout', reads: 4, error };

    expect(await logOf(eventOf(), { reader: unreadable })).toEqual({
      ...always,
      level: 'error',
      outcome: 'failed',
      status: 503,
      ...read,
    });
    expect(await logOf(eventOf(), { reader: unreadable, env: { CWII_ON_READ_FAILURE: 'deny' } })).toEqual({
      ...always,
      level: 'warn',
      outcome: 'denied',
      status: 200,
      ...read,
    });
  });

  it.each<{ what: string; headers: Record<string, string>; path?: string; caller: string }>([
    { what: 'nothing', headers: {}, caller: 'no token' },
    {
      what: 'another scheme',
      headers: { authorization: 'Basic d3Jvbmc6d3Jvbmc=' },
      caller: 'no bearer token in the Authorization header',
    },
    {
      what: 'an unknown token',
      headers: { authorization: 'Bearer wrong-token' },
      caller: `unknown token, SHA-256 ${digestPrefix('wrong-token')}...`,
    },
    {
      what: 'an unknown path key',
      headers: {},
      path: '/k/wrong-key',
      caller: `unknown path key, SHA-256 ${digestPrefix('wrong-key')}...`,
    },
    {
      what: 'an unknown token and an unknown path key',
      headers: { authorization: 'Bearer wrong-token' },
      path: '/k/wrong-key',
      caller: `unknown token, SHA-256 ${digestPrefix('wrong-token')}...; unknown path key, SHA-256 ${digestPrefix('wrong-key')}...`,
    },
  ])('of an unknown caller that presents $what says so', async ({ headers, path = '/mutate', caller }) => {
    const change = (event: LambdaFunctionURLEvent) => void Object.assign(event, { headers, rawPath: path });

    expect(await logOf(eventOf(reviewOf(), change))).toEqual({
      ...always,
      level: 'warn',
      outcome: 'refused',
      status: 401,
      code: 'unauthorized',
      caller,
    });
  });

  it.each<{ what: string; change: (event: LambdaFunctionURLEvent) => void; status: number; code: string }>([
    {
      what: 'an unknown path',
      change: (event) => {
        event.rawPath = '/x';
      },
      status: 404,
      code: 'path-unknown',
    },
    {
      what: 'an invalid body',
      change: (event) => {
        event.body = '{';
      },
      status: 400,
      code: 'body-not-json',
    },
  ])('of $what has the outcome refused and the code $code', async ({ change, status, code }) => {
    expect(await logOf(eventOf(reviewOf(), change))).toEqual({
      ...always,
      level: 'warn',
      outcome: 'refused',
      status,
      code,
    });
  });

  it('of an invalid review contains the place', async () => {
    expect(await logOf(eventOf({}))).toEqual({
      ...always,
      level: 'warn',
      outcome: 'refused',
      status: 400,
      code: 'review-invalid',
      error: 'not an AdmissionReview of admission.k8s.io/v1: at apiVersion: required field is missing',
    });
  });

  it('of an unexpected error contains its message', async () => {
    const reader: ClusterReader = { read: () => Promise.reject(new TypeError('x is not a function')) };

    expect(await logOf(eventOf(), { reader })).toEqual({
      ...always,
      level: 'error',
      outcome: 'failed',
      status: 500,
      code: 'internal-error',
      error: 'TypeError: x is not a function',
    });
  });

  it('reports a cold start for the first request only', async () => {
    const webhook = startWebhook();
    for (let request = 0; request < 3; request++) await webhook.call(eventOf());

    expect(webhook.log.map((line) => JSON.parse(line).coldStart)).toEqual([true, false, false]);
  });
});
