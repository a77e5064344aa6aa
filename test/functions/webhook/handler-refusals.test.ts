// Tests the rejection of invalid requests: a metav1.Status with a stable code and the place.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { eventOf, reviewOf } from '../../fakes/events.ts';
import { startWebhook, statusIn } from '../../fakes/webhook.ts';

describe('An invalid request', () => {
  it.each<{ what: string; body: unknown; place: string }>([
    {
      what: 'a review of v1beta1',
      body: { ...reviewOf(), apiVersion: 'admission.k8s.io/v1beta1' },
      place: 'at apiVersion: expected "admission.k8s.io/v1"',
    },
    {
      what: 'a review without a request',
      body: { ...reviewOf(), request: undefined },
      place: 'at request: required field is missing',
    },
    { what: 'a list', body: [], place: 'at (the body): expected object' },
    {
      what: 'a review without a pod',
      body: reviewOf(({ request }) => {
        request.object = null;
      }),
      place: 'at (the body): expected object',
    },
    {
      what: 'a review without a namespace',
      body: reviewOf(({ request }) => void delete request.namespace),
      place: 'at request.namespace: expected the name of a namespace',
    },
  ])('such as $what is rejected with 400 and the place', async ({ body, place }) => {
    const answer = await startWebhook().call(eventOf(body));

    expect(answer.status).toBe(400);
    expect(statusIn(answer)).toMatchObject({
      apiVersion: 'v1',
      kind: 'Status',
      status: 'Failure',
      code: 400,
      reason: 'review-invalid',
      message: expect.stringContaining(place),
    });
  });

  it.each<{ what: string; change: Parameters<typeof eventOf>[1]; status: number; reason: string }>([
    {
      what: 'an unknown path',
      change: (event) => {
        event.rawPath = '/validate';
      },
      status: 404,
      reason: 'path-unknown',
    },
    {
      what: 'a request with GET',
      change: (event) => {
        event.requestContext.http.method = 'GET';
      },
      status: 405,
      reason: 'method-not-allowed',
    },
    {
      what: 'a form',
      change: (event) => {
        event.headers['content-type'] = 'application/x-www-form-urlencoded';
      },
      status: 415,
      reason: 'media-type-unsupported',
    },
    {
      what: 'an empty body',
      change: (event) => {
        event.body = '';
      },
      status: 400,
      reason: 'body-empty',
    },
    {
      what: 'a truncated body',
      change: (event) => {
        event.body = '{"kind":';
      },
      status: 400,
      reason: 'body-not-json',
    },
    {
      what: 'a huge body',
      change: (event) => {
        event.body = ' '.repeat(7_000_000);
      },
      status: 413,
      reason: 'body-too-large',
    },
  ])('such as $what is rejected with $status and $reason', async ({ change, status, reason }) => {
    const answer = await startWebhook().call(eventOf(reviewOf(), change));

    expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/json' } });
    expect(statusIn(answer)).toMatchObject({ kind: 'Status', status: 'Failure', code: status, reason });
  });
});

describe('A value that is not an event of a Function URL', () => {
  it.each([null, true, 0, '', 'text', '{}'])('is rejected with 400: %j', async (event) => {
    const webhook = startWebhook();

    const answer = await webhook.call(event as unknown as LambdaFunctionURLEvent);

    expect(answer.status).toBe(400);
    expect(statusIn(answer)).toMatchObject({
      kind: 'Status',
      reason: 'event-unknown',
      message: 'not a Function URL event (payload format 2.0)',
    });
    expect(JSON.parse(webhook.log.join(''))).toMatchObject({
      outcome: 'refused',
      status: 400,
      code: 'event-unknown',
      milliseconds: expect.any(Number),
    });
  });

  it.each([[[]], [{}]])('is rejected with 401 if it is an object: %j', async (event) => {
    expect(await startWebhook().call(event as unknown as LambdaFunctionURLEvent)).toMatchObject({ status: 401 });
  });
});
