// Knows how the chain of owners is followed: which of them count, and where it ends.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readScopes, type ScopedPod } from '../../../lib/annotations/scopes.ts';
import { CachingReader } from '../../../lib/cluster/caching-reader.ts';
import type { ClusterReader } from '../../../lib/cluster/reader.ts';
import { Deadline } from '../../../lib/common/deadline.ts';
import type { OwnerReference } from '../../../lib/kubernetes/objects.ts';
import { builtInOwnerKinds, parseOwnerKinds } from '../../../lib/kubernetes/owner-kinds.ts';
import { FakeCluster } from '../../fakes/cluster.ts';

const reference = (apiVersion: string, kind: string, name: string): OwnerReference => ({
  apiVersion,
  kind,
  name,
  uid: `uid of ${kind} shop/${name}`,
  controller: true,
});
const podOwnedBy = (owner: OwnerReference, labels: Record<string, string> = {}): ScopedPod => ({
  namespace: 'shop',
  displayName: 'web-0',
  annotations: {},
  labels,
  ownerReferences: [owner],
  serviceAccountName: undefined,
});

let cluster: FakeCluster;
let deadline: Deadline;

beforeEach(() => {
  deadline = new Deadline(5000);
  cluster = new FakeCluster().serve('Namespace shop');
});
afterEach(() => deadline[Symbol.dispose]());

async function ownersOf(pod: ScopedPod, reader: ClusterReader = cluster) {
  const ownerKinds = [...builtInOwnerKinds, ...parseOwnerKinds('argoproj.io/v1alpha1/rollouts=Rollout')];
  const { scopes, findings } = await readScopes(pod, reader, { deadline, fresh: false, ownerKinds });
  return { owners: scopes.filter(({ kind }) => kind === 'owner').map(({ object }) => object), findings };
}

describe('the owners of a pod', () => {
  it.each([
    ['apps/v1', 'StatefulSet'],
    ['apps/v1', 'DaemonSet'],
    ['apps/v1', 'ReplicaSet'],
    ['batch/v1', 'Job'],
    ['v1', 'ReplicationController'],
    ['argoproj.io/v1alpha1', 'Rollout'],
  ])('can be %s %s', async (apiVersion, kind) => {
    cluster.serve(`${kind} shop/web`);

    expect(await ownersOf(podOwnedBy(reference(apiVersion, kind, 'web')))).toEqual({
      owners: [`${kind} shop/web`],
      findings: [],
    });
  });

  it('are a Job before its CronJob', async () => {
    cluster
      .serve('Job shop/backup-29400000', { ownerReferences: [reference('batch/v1', 'CronJob', 'backup')] })
      .serve('CronJob shop/backup');

    const { owners } = await ownersOf(podOwnedBy(reference('batch/v1', 'Job', 'backup-29400000')));

    expect(owners).toEqual(['Job shop/backup-29400000', 'CronJob shop/backup']);
    expect(cluster.reads).toHaveLength(3);
  });

  it('are a Rollout without the ReplicaSet in between', async () => {
    cluster
      .serve('ReplicaSet shop/web-5d9f', { ownerReferences: [reference('argoproj.io/v1alpha1', 'Rollout', 'web')] })
      .serve('Rollout shop/web');
    const pod = podOwnedBy(reference('apps/v1', 'ReplicaSet', 'web-5d9f'), { 'rollouts-pod-template-hash': '5d9f' });

    expect((await ownersOf(pod)).owners).toEqual(['Rollout shop/web']);
    expect(cluster.reads).toHaveLength(3);
  });

  it.each([
    { what: 'a kind that is not known', owner: reference('example.com/v1', 'Machine', 'web') },
    { what: 'a known kind of another group', owner: reference('example.com/v1', 'Deployment', 'web') },
    {
      what: 'an owner that is no controller',
      owner: { ...reference('apps/v1', 'StatefulSet', 'web'), controller: false },
    },
  ])('are not looked for in $what', async ({ owner }) => {
    expect(await ownersOf(podOwnedBy(owner))).toEqual({ owners: [], findings: [] });
    expect(cluster.reads).toEqual(['Namespace shop']);
  });

  it('end where one does not exist, without a word', async () => {
    expect(await ownersOf(podOwnedBy(reference('apps/v1', 'StatefulSet', 'gone')))).toEqual({
      owners: [],
      findings: [],
    });
  });

  it.each(['../../secrets/db', 'Web', '', 'web/status', 'web?x=1'])(
    'end at the name %j, which no object can have',
    async (name) => {
      const { owners, findings } = await ownersOf(podOwnedBy(reference('apps/v1', 'StatefulSet', name)));

      expect(owners).toEqual([]);
      expect(findings).toMatchObject([
        { code: 'owner-name-invalid', severity: 'warn', scope: 'pod', object: 'Pod shop/web-0' },
      ]);
      expect(cluster.reads).toEqual(['Namespace shop']);
    },
  );

  it('end after four, where references go round in a circle', async () => {
    cluster.serve('StatefulSet shop/web', { ownerReferences: [reference('apps/v1', 'StatefulSet', 'web')] });

    const { owners } = await ownersOf(podOwnedBy(reference('apps/v1', 'StatefulSet', 'web')));

    expect(owners).toHaveLength(4);
    expect(cluster.reads).toHaveLength(5);
  });
});

describe('an owner with another uid than its reference has', () => {
  it('is warned of and does not count, nor do its owners', async () => {
    cluster
      .serve('Job shop/backup-1', { uid: 'another', ownerReferences: [reference('batch/v1', 'CronJob', 'backup')] })
      .serve('CronJob shop/backup');

    const { owners, findings } = await ownersOf(podOwnedBy(reference('batch/v1', 'Job', 'backup-1')));

    expect(owners).toEqual([]);
    expect(findings).toMatchObject([
      { code: 'owner-uid-mismatch', severity: 'warn', scope: 'pod', object: 'Pod shop/web-0', value: 'Job backup-1' },
    ]);
  });

  it('is warned of at the owner that names it', async () => {
    cluster
      .serve('Job shop/backup-1', { ownerReferences: [reference('batch/v1', 'CronJob', 'backup')] })
      .serve('CronJob shop/backup', { uid: 'another' });

    const { owners, findings } = await ownersOf(podOwnedBy(reference('batch/v1', 'Job', 'backup-1')));

    expect(owners).toEqual(['Job shop/backup-1']);
    expect(findings).toMatchObject([{ code: 'owner-uid-mismatch', scope: 'owner', object: 'Job shop/backup-1' }]);
  });

  it('is read again where a cache had guessed it', async () => {
    const caching = new CachingReader(cluster, 60);
    const owner = reference('apps/v1', 'ReplicaSet', 'web-5d9f');
    const pod = podOwnedBy(owner, { 'pod-template-hash': '5d9f' });
    cluster
      .serve('ReplicaSet shop/web-5d9f', { ownerReferences: [reference('apps/v1', 'Deployment', 'web')] })
      .serve('Deployment shop/web', { uid: 'of the deployment before' });
    await ownersOf(pod, caching);
    cluster.serve('Deployment shop/web');

    expect(await ownersOf(pod, caching)).toEqual({ owners: ['Deployment shop/web'], findings: [] });
  });

  it('gives the uid that is expected along with the read', async () => {
    cluster.serve('StatefulSet shop/web');

    await ownersOf(podOwnedBy(reference('apps/v1', 'StatefulSet', 'web')));

    expect(cluster.options[cluster.reads.indexOf('StatefulSet shop/web')]?.uid).toBe('uid of StatefulSet shop/web');
  });
});
