// The volumes of a patched pod as the kubelet makes them: the content of each file and who may read it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestNode, type TestNode } from './kubelet-volumes.ts';
import { type PodOptions, pod } from './manifests.ts';
import type { StoredPod } from './stored-pod.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';
import { claimsOf, gcpCredentials, threeClouds, threeVerifiers, tokenSources } from './three-clouds.ts';

const tokens = ['cwii-aws-token', 'cwii-az-token', 'cwii-gcp-token'] as const;
const isRoot = process.getuid?.() === 0;
const needsRoot = 'only root can give files to other users, as the kubelet does; run the tests as root';
if (!isRoot) console.warn(`some tests are skipped: ${needsRoot}`);

const withVerifiers = { annotations: { ...threeClouds, ...threeVerifiers } };
const sharedUser = { securityContext: { runAsUser: 1000 } };
const plain = { name: 'app', image: 'registry.example/app' };

describe('the volumes of a pod with three clouds, as the kubelet makes them,', () => {
  let cluster: TestCluster;
  let node: TestNode;
  beforeAll(async () => {
    cluster = await startTestCluster();
    await cluster.addWebhook();
    await cluster.addNamespace('volumes');
    node = await createTestNode(cluster.kubeconfigPath);
  });
  afterAll(async () => {
    await node?.remove();
    await cluster?.stop();
  });

  it('each contain a token for the audience of their cloud, bound to the pod', async () => {
    const stored = await create('tokens');
    const read = await node.setUp(stored);
    for (const volume of tokens) {
      const { path, audience, expirationSeconds } = tokenSources(stored)[volume] ?? {};
      const claims = claimsOf((await read(volume, path ?? '')).content);
      expect(claims).toMatchObject({
        iss: cluster.issuer,
        aud: [audience],
        sub: 'system:serviceaccount:volumes:default',
        'kubernetes.io': { pod: { name: 'tokens', uid: stored.metadata.uid } },
      });
      expect(Number(claims['exp']) - Number(claims['iat'])).toBe(expirationSeconds);
    }
  });

  it('contain the credentials file, byte for byte as in the annotation', async () => {
    const stored = await create('credentials');
    const { content } = await (await node.setUp(stored))('cwii-gcp-creds', 'credentials.json');

    expect(content).toBe(stored.metadata.annotations?.['cwii.dev/gcp-credentials']);
    expect(JSON.parse(content)).toEqual(gcpCredentials);
  });

  it('change the credentials file when somebody patches the annotation of the running pod', async () => {
    const stored = await create('followed');
    await node.setUp(stored);
    const annotations = { 'cwii.dev/gcp-credentials': '{"type":"another"}' };
    const path = '/api/v1/namespaces/volumes/pods/followed';
    const patched = await cluster.api<StoredPod>('PATCH', path, { metadata: { annotations } });
    const { content } = await (await node.setUp(patched))('cwii-gcp-creds', 'credentials.json');

    expect(content).toBe('{"type":"another"}');
  });

  it.each<[string, PodOptions]>([
    ['no container sets a user', {}],
    [
      'the containers run as different users',
      {
        containers: [
          { ...plain, ...sharedUser },
          { ...plain, name: 'other', securityContext: { runAsUser: 1001 } },
        ],
      },
    ],
  ])('are readable for everybody if %s', async (_, options) => {
    const read = await node.setUp(await create('different-users', options));
    for (const volume of tokens) expect(await read(volume, 'token')).toMatchObject({ mode: '0644' });
    expect(await read('cwii-gcp-creds', 'credentials.json')).toMatchObject({ mode: '0644' });
  });

  it.for<[string, PodOptions]>([
    ['the user that the pod sets', sharedUser],
    ['the user that every container sets', { containers: [{ ...plain, ...sharedUser }] }],
    ['the user that the pod sets, with verifiers in the pod', { ...sharedUser, ...withVerifiers }],
  ])('have tokens that are readable only for %s', async ([_, options], { skip }) => {
    skip(!isRoot, needsRoot);
    const read = await node.setUp(await create('shared-user', options));

    for (const volume of tokens) expect(await read(volume, 'token')).toMatchObject({ mode: '0600', uid: 1000 });
    // The file is not a secret and the kubelet does not change its owner: it has the mode of the volume.
    expect(await read('cwii-gcp-creds', 'credentials.json')).toMatchObject({ mode: '0644' });
  });

  it('have tokens that are readable for the fsGroup of the pod', async ({ skip }) => {
    skip(!isRoot, needsRoot);
    const read = await node.setUp(await create('group', { securityContext: { fsGroup: 2000 }, ...withVerifiers }));

    for (const volume of tokens) expect(await read(volume, 'token')).toMatchObject({ mode: '0640', gid: 2000 });
    expect(await read('cwii-gcp-creds', 'credentials.json')).toMatchObject({ mode: '0644', gid: 2000 });
  });

  async function create(name: string, options: PodOptions = {}): Promise<StoredPod> {
    await cluster.api('DELETE', `/api/v1/namespaces/volumes/pods/${name}`).catch(() => undefined);
    return cluster.create(pod('volumes', name, { annotations: threeClouds, ...options }));
  }
});
