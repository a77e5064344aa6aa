// The QoS class that the API server computes for pods with containers of cwii, and their use of a quota.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Annotations, type PodOptions, pod } from './manifests.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';
import { threeClouds, threeVerifiers } from './three-clouds.ts';

const withOwnContainers: Annotations = {
  ...threeClouds,
  ...threeVerifiers,
  'cwii.dev/gcp-delivery': 'init-container',
};
const ownContainers = ['cwii-gcp-creds-writer', 'cwii-aws-verify', 'cwii-az-verify', 'cwii-gcp-verify'];

const app = (resources: object, name = 'app') => ({ name, image: 'registry.example/app', resources });
const full = { cpu: '250m', memory: '600Mi' };

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
  await cluster.addWebhook();
  await cluster.addNamespace('classes');
});
afterAll(() => cluster?.stop());

describe('A pod with containers of cwii', () => {
  it.each<{ name: string; qosClass: string; spec: PodOptions }>([
    { name: 'nothing', qosClass: 'BestEffort', spec: { containers: [app({})] } },
    { name: 'zero', qosClass: 'BestEffort', spec: { containers: [app({ requests: { cpu: '0' } })] } },
    { name: 'some', qosClass: 'Burstable', spec: { containers: [app({ requests: { cpu: '100m' } }), app({}, 'b')] } },
    { name: 'limits', qosClass: 'Guaranteed', spec: { containers: [app({ limits: full })] } },
    {
      name: 'equal',
      qosClass: 'Guaranteed',
      spec: {
        containers: [app({ limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '2000m', memory: '1024Mi' } })],
      },
    },
    { name: 'pod-level', qosClass: 'Guaranteed', spec: { resources: { limits: full }, containers: [app({})] } },
    {
      name: 'pod-level-small',
      qosClass: 'Burstable',
      spec: { resources: { requests: { cpu: '5m', memory: '16Mi' } }, containers: [app({})] },
    },
  ])('is $qosClass as it is without them: $name', async ({ name, qosClass, spec }) => {
    const plain = await cluster.create(pod('classes', `${name}-plain`, spec));
    const injected = await cluster.create(pod('classes', name, { annotations: withOwnContainers, ...spec }));

    expect(injected.spec.initContainers?.map((container) => container.name)).toEqual(ownContainers);
    expect(qosClassOf(plain)).toBe(qosClass);
    expect(qosClassOf(injected)).toBe(qosClass);
  });

  it('uses no more of a ResourceQuota than its own containers do, if it is Guaranteed', async () => {
    await cluster.addNamespace('quota');
    const hard = { 'requests.cpu': '250m', 'limits.cpu': '250m', 'requests.memory': '600Mi', 'limits.memory': '600Mi' };
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { namespace: 'quota', name: 'exact' },
      spec: { hard },
    };
    await cluster.create(quota);
    await cluster.waitFor('the quota', async () => {
      const { status } = await cluster.api<Quota>('GET', '/api/v1/namespaces/quota/resourcequotas/exact');
      return status?.hard?.['requests.cpu'];
    });
    const manifest = pod('quota', 'exact', { annotations: withOwnContainers, containers: [app({ limits: full })] });

    expect(qosClassOf(await cluster.create(manifest))).toBe('Guaranteed');
  });
});

interface Quota {
  readonly status?: { readonly hard?: Readonly<Record<string, string>> };
}

function qosClassOf(stored: object): string | undefined {
  const { status } = stored as { readonly status?: { readonly qosClass?: string } };
  return status?.qosClass;
}
