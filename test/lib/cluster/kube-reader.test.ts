// Tests of KubeReader: the request for each object, and the meaning of each answer.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApiClient } from '../../../lib/cluster/http/api-client.ts';
import { ClusterConnection } from '../../../lib/cluster/http/connection.ts';
import { KubeReader } from '../../../lib/cluster/kube-reader.ts';
import { Deadline } from '../../../lib/common/deadline.ts';
import { ClusterReadError } from '../../../lib/common/errors.ts';
import { namespaces, type ObjectKey, serviceAccounts } from '../../../lib/kubernetes/objects.ts';
import { answer, brokenJson, type Fault, html, hugeBody, statusObject } from '../../../testing/network/faults.ts';
import { CLOSED_PORT } from '../../../testing/ports.ts';
import { FakeKubeApi } from '../../fakes/kube-api.ts';
import { ListedTokens } from '../../fakes/listed-tokens.ts';
import { clusterToken } from '../../fakes/secrets.ts';

const deployments = { group: 'apps', version: 'v1', resource: 'deployments', kind: 'Deployment' };
const shop: ObjectKey = { kind: namespaces, name: 'shop' };
const shopPath = '/api/v1/namespaces/shop';

let api: FakeKubeApi;
let connection: ClusterConnection;

beforeAll(async () => {
  api = await FakeKubeApi.start();
});
afterAll(() => api[Symbol.asyncDispose]());
beforeEach(() => {
  api.requests.length = 0;
  connection = new ClusterConnection({ url: api.url, ca: api.ca });
  api.serve(shopPath);
  return () => connection.close();
});

async function read(key: ObjectKey) {
  using deadline = new Deadline(5000);
  const reader = new KubeReader(new ApiClient(connection, new ListedTokens(clusterToken)));
  return await reader.read(key, { deadline, fresh: false });
}

async function failureOf(work: Promise<unknown>): Promise<ClusterReadError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ClusterReadError))
    throw new Error('the read did not fail with a ClusterReadError', { cause: error });
  return error;
}

describe('the request for an object', () => {
  it.each<{ of: string; key: ObjectKey; path: string }>([
    { of: 'a cluster-scoped kind', key: shop, path: shopPath },
    {
      of: 'a namespaced kind of the core group',
      key: { kind: serviceAccounts, namespace: 'shop', name: 'web' },
      path: '/api/v1/namespaces/shop/serviceaccounts/web',
    },
    {
      of: 'a kind of another group',
      key: { kind: deployments, namespace: 'shop', name: 'web.v2' },
      path: '/apis/apps/v1/namespaces/shop/deployments/web.v2',
    },
  ])('of $of is sent to its path', async ({ key, path }) => {
    await read(key);

    expect(api.requests.map((request) => `${request.method} ${request.path}`)).toEqual([`GET ${path}`]);
  });

  it('requests only metadata, with the bearer token', async () => {
    await read(shop);

    expect(api.requests[0]?.headers).toMatchObject({
      accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
      authorization: `Bearer ${clusterToken}`,
      'user-agent': 'cwii',
    });
  });

  it.each(['/k8s/clusters/c-1', '/k8s/clusters/c-1/'])(
    'keeps the path of the API server’s URL: %s',
    async (basePath) => {
      connection.close();
      connection = new ClusterConnection({ url: new URL(basePath, api.url), ca: api.ca });
      api.serve(`/k8s/clusters/c-1${shopPath}`);
      await read(shop);

      expect(api.requests[0]?.path).toBe('/k8s/clusters/c-1/api/v1/namespaces/shop');
    },
  );

  it.each<ObjectKey>([
    { kind: serviceAccounts, namespace: 'shop', name: '../../secrets/web' },
    { kind: serviceAccounts, namespace: '../kube-system', name: 'web' },
    { kind: namespaces, name: '' },
  ])('is not sent for a name that is invalid in Kubernetes: $namespace $name', async (key) => {
    await failureOf(read(key));

    expect(api.requests).toEqual([]);
  });
});

describe('the answer of the API server', () => {
  it('has the uid, the annotations and the owners of the object', async () => {
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: '1', controller: true }];
    api.serve(shopPath, { uid: 'uid-1', annotations: { team: 'blue' }, ownerReferences });

    const result = await read(shop);

    expect(result).toEqual({
      object: { uid: 'uid-1', annotations: { team: 'blue' }, ownerReferences },
      attempts: 1,
      cached: false,
    });
  });

  it('may omit empty fields, or have them as null', async () => {
    api.failNext(answer(200, { kind: 'PartialObjectMetadata', metadata: { uid: 'uid-1', annotations: null } }));

    const { object } = await read(shop);

    expect(object).toEqual({ uid: 'uid-1', annotations: {}, ownerReferences: [] });
  });

  it('means that there is no such object if it is a 404 with its Status', async () => {
    const result = await read({ kind: serviceAccounts, namespace: 'shop', name: 'nobody' });

    expect(result).toEqual({ object: undefined, attempts: 1, cached: false });
  });

  it('is a failure if it is a 404 for a namespace, because every namespace of a request exists', async () => {
    const failure = await failureOf(read({ kind: namespaces, name: 'nowhere' }));

    expect(failure).toMatchObject({ code: 'namespace-missing', attempts: 2 });
    expect(failure.message).toBe(
      'Namespace nowhere could not be read from the cluster: the cluster that the function reads has no such namespace; check that CWII_KUBE_API_URL is the API server of this cluster, or try again if the namespace was just created or deleted',
    );
  });

  it.each<{ what: string; fault: Fault; code: string; attempts: number }>([
    { what: 'a 404 page of a proxy', fault: html(404), code: 'cluster-kind-unknown', attempts: 1 },
    { what: '404 with JSON that is not a Status', fault: answer(404, {}), code: 'cluster-kind-unknown', attempts: 1 },
    {
      what: '404 for another object',
      fault: answer(404, { kind: 'Status', details: { name: 'bank' } }),
      code: 'cluster-kind-unknown',
      attempts: 1,
    },
    { what: '404 for a kind that is not served', fault: statusObject(404), code: 'cluster-kind-unknown', attempts: 1 },
    { what: '400', fault: statusObject(400), code: 'cluster-answer-unexpected', attempts: 1 },
    { what: '403', fault: statusObject(403), code: 'cluster-forbidden', attempts: 1 },
    { what: '401 every time', fault: statusObject(401), code: 'cluster-unauthorized', attempts: 2 },
    { what: '429 every time', fault: statusObject(429), code: 'cluster-answer-unexpected', attempts: 2 },
    { what: '500 every time', fault: statusObject(500), code: 'cluster-answer-unexpected', attempts: 2 },
    { what: '503 of a proxy every time', fault: html(503), code: 'cluster-answer-unexpected', attempts: 2 },
    { what: '200 with a page of a proxy', fault: html(200), code: 'cluster-answer-unreadable', attempts: 2 },
    { what: '200 with an incomplete object', fault: brokenJson, code: 'cluster-answer-unreadable', attempts: 2 },
    {
      what: '200 with a whole Namespace',
      fault: answer(200, { kind: 'Namespace', metadata: { uid: '1' } }),
      code: 'cluster-answer-unreadable',
      attempts: 2,
    },
    {
      what: '200 with the metadata of another object',
      fault: answer(200, { kind: 'PartialObjectMetadata', metadata: { name: 'bank', uid: '1' } }),
      code: 'cluster-answer-unreadable',
      attempts: 2,
    },
    {
      what: "200 with the metadata of another namespace's object",
      fault: answer(200, { kind: 'PartialObjectMetadata', metadata: { name: 'shop', namespace: 'bank', uid: '1' } }),
      code: 'cluster-answer-unreadable',
      attempts: 2,
    },
    { what: 'a body that is too large', fault: hugeBody, code: 'cluster-answer-unreadable', attempts: 1 },
  ])('is a failure after $attempts requests: $what', async ({ fault, code, attempts }) => {
    api.failNext(...Array<Fault>(attempts).fill(fault));

    const failure = await failureOf(read(shop));

    expect(failure).toMatchObject({ code, attempts });
    expect(api.requests).toHaveLength(attempts);
  });

  it.each([301, 302, 307, 308])(
    'is not followed if it is a redirect (%i), so that no other server gets the token',
    async (status) => {
      await using elsewhere = await FakeKubeApi.start();
      elsewhere.serve(shopPath);
      api.failNext(answer(status, '', { location: `${elsewhere.url.origin}${shopPath}` }));

      const failure = await failureOf(read(shop));

      expect(failure).toMatchObject({ code: 'cluster-redirected', attempts: 1 });
      expect(elsewhere.requests).toEqual([]);
    },
  );

  it('is reported with the object and the cause, but without address, path and token', async () => {
    api.failNext(statusObject(403));

    const { message } = await failureOf(read({ kind: deployments, namespace: 'shop', name: 'web' }));

    expect(message).toBe(
      "Deployment shop/web could not be read from the cluster: the function's user is not allowed to get deployments (HTTP 403)",
    );
  });
});

describe('the audiences of the API server', () => {
  it('are those of the credential', () => {
    const tokens = new ListedTokens(clusterToken);
    tokens.audiences = ['api'];

    expect(new KubeReader(new ApiClient(connection, tokens)).apiAudiences).toEqual(['api']);
  });
});

describe('an API server that cannot be reached', () => {
  it('is reported without its address', async () => {
    connection = new ClusterConnection({ url: new URL(`https://127.0.0.1:${CLOSED_PORT}`), ca: api.ca });

    expect(await failureOf(read(shop))).toMatchObject({
      code: 'cluster-unreachable',
      attempts: 2,
      message: 'Namespace shop could not be read from the cluster: no connection to the API server (ECONNREFUSED)',
    });
  });

  it('gets no request if its certificate is not trusted', async () => {
    connection = new ClusterConnection({ url: api.url, ca: undefined });

    expect(await failureOf(read(shop))).toMatchObject({ code: 'cluster-unreachable' });
    expect(api.requests).toEqual([]);
  });
});
