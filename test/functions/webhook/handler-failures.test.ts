// Tests the answers if the cluster cannot be read in time, or if the function itself fails.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { afterEach, describe, expect, it } from 'vitest';
import { CachingReader } from '../../../lib/cluster/caching-reader.ts';
import { ApiClient } from '../../../lib/cluster/http/api-client.ts';
import { ClusterConnection } from '../../../lib/cluster/http/connection.ts';
import { KubeReader } from '../../../lib/cluster/kube-reader.ts';
import type { ClusterReader } from '../../../lib/cluster/reader.ts';
import { ClusterReadError, CwiiError } from '../../../lib/common/errors.ts';
import { type Fault, hang, hangMidBody, html, statusObject } from '../../../testing/network/faults.ts';
import { FakeCluster } from '../../fakes/cluster.ts';
import { eventOf, reviewOf, reviewOfPod } from '../../fakes/events.ts';
import { FakeKubeApi } from '../../fakes/kube-api.ts';
import { ListedTokens } from '../../fakes/listed-tokens.ts';
import { callerToken, clusterToken, pathKey, specMarker } from '../../fakes/secrets.ts';
import { type Answer, reviewIn, startWebhook, statusIn } from '../../fakes/webhook.ts';

const failing = (error: Error): ClusterReader => ({ read: () => Promise.reject(error) });
/** A request with little time left, enough for two attempts. */
const urgent = () =>
  eventOf(reviewOf(), (event) => {
    event.rawQueryString = 'timeout=1s';
    event.requestContext.timeEpoch = Date.now() - 350;
  });

describe('A cluster that cannot be read', () => {
  const reader = failing(new ClusterReadError('cluster-forbidden', 'Namespace shop could not be read: forbidden'));

  it('fails the call, so that the failurePolicy decides', async () => {
    const answer = await startWebhook({ reader }).call(eventOf());

    expect(answer.status).toBe(503);
    expect(statusIn(answer)).toMatchObject({
      kind: 'Status',
      code: 503,
      reason: 'cluster-forbidden',
      message: 'cwii: Namespace shop could not be read: forbidden',
    });
  });

  it('is not answered with Retry-After', async () => {
    expect((await startWebhook({ reader }).call(eventOf())).headers).not.toHaveProperty('retry-after');
  });

  it('denies the pod if CWII_ON_READ_FAILURE is deny', async () => {
    const answer = await startWebhook({ reader, env: { CWII_ON_READ_FAILURE: 'deny' } }).call(eventOf());

    expect(answer.status).toBe(200);
    expect(reviewIn(answer)).toMatchObject({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: {
        uid: reviewOf().request.uid,
        allowed: false,
        status: {
          code: 403,
          reason: 'Forbidden',
          message: expect.stringContaining('Namespace shop could not be read'),
        },
        auditAnnotations: { outcome: 'denied', reason: 'cluster-forbidden' },
      },
    });
    expect(reviewIn(answer).response).not.toHaveProperty('patch');
  });

  it('does not matter for a pod that suppresses every cloud itself', async () => {
    const optingOut = reviewOfPod(({ metadata }) => {
      metadata.annotations = {
        'cwii.dev/aws-inject': 'false',
        'cwii.dev/az-inject': 'false',
        'cwii.dev/gcp-inject': 'false',
      };
    });

    expect(await startWebhook({ reader }).call(eventOf(optingOut))).toMatchObject({ status: 200 });
  });
});

describe('An API server that fails', () => {
  let api: FakeKubeApi;
  let connection: ClusterConnection;
  afterEach(async () => {
    connection.close();
    await api[Symbol.asyncDispose]();
  });

  async function askWith(fault: Fault, event: LambdaFunctionURLEvent): Promise<Answer> {
    api = (await FakeKubeApi.start()).failAlways(fault);
    connection = new ClusterConnection({ url: api.url, ca: api.ca });
    const reader = new CachingReader(new KubeReader(new ApiClient(connection, new ListedTokens(clusterToken))), 2);
    return startWebhook({ reader }).call(event);
  }

  it.each<{ how: string; fault: Fault }>([
    { how: 'never answers', fault: hang },
    { how: 'stops in the middle of its answer', fault: hangMidBody },
  ])('because it $how is reported before the timeout', async ({ fault }) => {
    const answer = await askWith(fault, urgent());

    expect(answer.status).toBe(503);
    expect(statusIn(answer)).toMatchObject({ reason: 'cluster-timeout', message: expect.stringMatching(/ in time$/) });
  });

  it.each<{ how: string; fault: Fault; reason: string; cause: string }>([
    { how: 'is unavailable', fault: statusObject(503), reason: 'cluster-answer-unexpected', cause: 'HTTP 503' },
    { how: 'forbids the read', fault: statusObject(403), reason: 'cluster-forbidden', cause: 'is not allowed to get' },
    { how: 'is behind a proxy', fault: html(404), reason: 'cluster-kind-unknown', cause: 'HTTP 404' },
  ])('because it $how is reported with the object and the cause', async ({ fault, reason, cause }) => {
    const answer = await askWith(fault, eventOf());

    expect(answer.status).toBe(503);
    expect(statusIn(answer).reason).toBe(reason);
    expect(statusIn(answer).message).toMatch(
      /^cwii: (Namespace shop|ServiceAccount shop\/web) could not be read from the cluster: /,
    );
    expect(statusIn(answer).message).toContain(cause);
  });

  it('is reported without its address, a path, a token or the pod', async () => {
    const { text } = await askWith(statusObject(500), eventOf());

    for (const secret of [api.url.host, api.url.hostname, '/api/v1', clusterToken, callerToken, pathKey, specMarker]) {
      expect(text).not.toContain(secret);
    }
  });
});

describe('The answer', () => {
  it('leaves in time even if a reader never settles', async () => {
    const reader: ClusterReader = { read: () => new Promise(() => undefined) };

    const answer = await startWebhook({ reader }).call(urgent());

    expect(answer.status).toBe(503);
    expect(statusIn(answer)).toMatchObject({ kind: 'Status', code: 503 });
  });

  it('leaves in time if no time is left', async () => {
    const late = eventOf(reviewOf(), (event) => {
      event.rawQueryString = 'timeout=1s';
      event.requestContext.timeEpoch = Date.now() - 900;
    });
    const reader = new FakeCluster().serve('Namespace shop').serve('ServiceAccount shop/web');

    expect([200, 503]).toContain((await startWebhook({ reader }).call(late)).status);
  });
});

describe('An unexpected error', () => {
  it('is answered with 500 and without its message', async () => {
    const reader = failing(new TypeError('cannot read the inside of undefined', { cause: new Error('the inside') }));

    const answer = await startWebhook({ reader }).call(eventOf());

    expect(answer).toMatchObject({ status: 500, headers: { 'content-type': 'application/json' } });
    expect(statusIn(answer)).toMatchObject({
      kind: 'Status',
      code: 500,
      reason: 'internal-error',
      message: "cwii: internal error; see the function's log for the cause",
    });
    expect(answer.text).not.toContain('inside');
  });

  it('of cwii is answered with its code, but without its message', async () => {
    const answer = await startWebhook({ reader: failing(new CwiiError('plan-collision', 'internals')) }).call(
      eventOf(),
    );

    expect(statusIn(answer)).toMatchObject({ code: 500, reason: 'plan-collision' });
    expect(answer.text).not.toContain('internals');
  });

  it('that is not an Error is answered with 500', async () => {
    const reader: ClusterReader = { read: () => Promise.reject('a text') };

    expect(await startWebhook({ reader }).call(eventOf())).toMatchObject({ status: 500 });
  });

  it('does not affect the next request', async () => {
    const reader = new FakeCluster().fail('Namespace shop', new Error('once'));
    const webhook = startWebhook({ reader });
    await webhook.call(eventOf());
    reader.serve('Namespace shop');

    expect(await webhook.call(eventOf())).toMatchObject({ status: 200 });
  });
});
