// For any review, the function only gets objects with valid names in the namespace of the request.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../../lib/cluster/http/api-client.ts';
import { ClusterConnection } from '../../lib/cluster/http/connection.ts';
import { KubeReader } from '../../lib/cluster/kube-reader.ts';
import { eventOf, reviewOf, roleArn } from '../fakes/events.ts';
import { FakeKubeApi } from '../fakes/kube-api.ts';
import { ListedTokens } from '../fakes/listed-tokens.ts';
import { clusterToken } from '../fakes/secrets.ts';
import { startWebhook } from '../fakes/webhook.ts';

let api: FakeKubeApi;
beforeAll(async () => {
  api = await FakeKubeApi.start();
});
afterAll(() => api[Symbol.asyncDispose]());

const NAME = '[a-z0-9]([-a-z0-9.]*[a-z0-9])?';
const EXPECTED = new RegExp(
  `^(/api/v1/namespaces/shop|/api/v1/namespaces/shop/serviceaccounts/${NAME}|/apis/(apps|batch)/v1/namespaces/shop/[a-z]+/${NAME})$`,
);

const hostile = fc.oneof(
  fc.constantFrom('web', 'web-1', 'a.b'),
  fc.constantFrom(
    ...['..', '.', '../secrets/db', 'web/../../../secrets/db', 'web%2f..%2fsecrets', '%2e%2e', 'web?watch=true'],
    ...[
      'web#x',
      'web;x',
      'web\\..',
      'web\r\nx: y',
      'web\0',
      'wéb',
      'ｗｅｂ',
      '\u202Ebew',
      '__proto__',
      ' web',
      'web/status',
      '*',
    ],
  ),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 10 }),
);
const annotations = fc.dictionary(
  fc.constantFrom('cwii.dev/aws-role-arn', 'cwii.dev/aws-audience', 'cwii.dev/gcp-audience', 'kubernetes.io/x'),
  fc.oneof(hostile, fc.constant(roleArn)),
  { maxKeys: 2 },
);
const owner = fc.record({
  apiVersion: fc.oneof(hostile, fc.constantFrom('apps/v1', 'batch/v1', 'v1', 'apps/../../api/v1')),
  kind: fc.oneof(hostile, fc.constantFrom('ReplicaSet', 'Job', 'StatefulSet', 'Deployment')),
  name: hostile,
  uid: hostile,
  controller: fc.constant(true),
});
const metadata = fc.record({
  name: hostile,
  namespace: hostile,
  annotations,
  labels: fc.record({ 'pod-template-hash': hostile }),
  ownerReferences: fc.array(owner, { maxLength: 1 }),
});
const spec = fc.record({ serviceAccountName: hostile, containers: fc.constant([{ name: 'app' }]) });
const pods = fc.record({ metadata, spec });
const workloads = fc.record({ metadata, spec: fc.record({ template: pods, jobTemplate: fc.record({ spec: pods }) }) });

const requests = fc.oneof(
  fc.record({ object: pods, name: hostile }),
  fc.record({
    object: workloads,
    name: hostile,
    resource: fc.constantFrom(
      { group: 'apps', version: 'v1', resource: 'deployments' },
      { group: 'batch', version: 'v1', resource: 'cronjobs' },
      { group: '', version: 'v1', resource: 'serviceaccounts' },
    ),
  }),
);

describe('the API server', () => {
  it('only gets GET requests for objects of the namespace, for any names and annotations', async () => {
    const connection = new ClusterConnection({ url: api.url, ca: api.ca });
    const webhook = startWebhook({ reader: new KubeReader(new ApiClient(connection, new ListedTokens(clusterToken))) });
    await fc.assert(
      fc.asyncProperty(requests, async (change) => {
        await webhook.call(eventOf(reviewOf(({ request }) => void Object.assign(request, change))));
      }),
      { numRuns: 400 },
    );
    connection.close();

    expect(api.requests.length).toBeGreaterThan(100);
    expect(api.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    const paths = new Set(api.requests.map(({ path }) => path));
    expect([...paths].filter((path) => !EXPECTED.test(path))).toEqual([]);
  });
});
