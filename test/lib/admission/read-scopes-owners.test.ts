// Tests how the chain of owners is followed: which owners count, and where the chain ends.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readScopes } from '../../../lib/admission/read-scopes.ts';
import { CachingReader } from '../../../lib/cluster/caching-reader.ts';
import type { ClusterReader } from '../../../lib/cluster/reader.ts';
import { Deadline } from '../../../lib/common/deadline.ts';
import type { OwnerReference } from '../../../lib/kubernetes/objects.ts';
import { builtInOwnerKinds, parseOwnerKinds } from '../../../lib/kubernetes/owner-kinds.ts';
import type { Pod } from '../../../lib/kubernetes/pod.ts';
import { FakeCluster } from '../../fakes/cluster.ts';
import { samplePod } from '../../fakes/evaluation.ts';

const reference = (apiVersion: string, kind: string, name: string): OwnerReference => ({
  apiVersion,
  kind,
  name,
  uid: `uid of ${kind} shop/${name}`,
  controller: true,
});
const podOwnedBy = (owner: OwnerReference, labels: Record<string, string> = {}): Pod =>
  samplePod({ object: 'Pod shop/web-0', labels, ownerReferences: [owner], serviceAccountName: undefined });

let cluster: FakeCluster;
let deadline: Deadline;

beforeEach(() => {
  deadline = new Deadline(5000);
  cluster = new FakeCluster().serve('Namespace shop');
});
afterEach(() => deadline[Symbol.dispose]());

async function ownersOf(pod: Pod, reader: ClusterReader = cluster) {
  const ownerKinds = [...builtInOwnerKinds, ...parseOwnerKinds('argoproj.io/v1alpha1/rollouts=Rollout')];
  const { scopes, findings } = await readScopes(pod, reader, { deadline, fresh: false, ownerKinds });
  return { owners: scopes.filter(({ kind }) => kind === 'owner').map(({ object }) => object), findings };
}

describe('The chain of owners', () => {
  it.each([
    ['apps/v1', 'StatefulSet'],
    ['apps/v1', 'DaemonSet'],
    ['apps/v1', 'ReplicaSet'],
    ['batch/v1', 'Job'],
    ['v1', 'ReplicationController'],
    ['argoproj.io/v1alpha1', 'Rollout'],
  ])('includes an owner of %s %s', async (apiVersion, kind) => {
    cluster.serve(`${kind} shop/web`);

    expect(await ownersOf(podOwnedBy(reference(apiVersion, kind, 'web')))).toEqual({
      owners: [`${kind} shop/web`],
      findings: [],
    });
  });

  it('includes a Job before its CronJob', async () => {
    cluster
      .serve('Job shop/backup-29400000', { ownerReferences: [reference('batch/v1', 'CronJob', 'backup')] })
      .serve('CronJob shop/backup');

    const { owners } = await ownersOf(podOwnedBy(reference('batch/v1', 'Job', 'backup-29400000')));

    expect(owners).toEqual(['Job shop/backup-29400000', 'CronJob shop/backup']);
    expect(cluster.reads).toHaveLength(3);
  });

  it('includes a Rollout without its ReplicaSet', async () => {
    cluster
      .serve('ReplicaSet shop/web-5d9f', { ownerReferences: [reference('argoproj.io/v1alpha1', 'Rollout', 'web')] })
      .serve('Rollout shop/web');
    const pod = podOwnedBy(reference('apps/v1', 'ReplicaSet', 'web-5d9f'), { 'rollouts-pod-template-hash': '5d9f' });

    expect((await ownersOf(pod)).owners).toEqual(['Rollout shop/web']);
    expect(cluster.reads).toHaveLength(3);
  });

  it.each([
    { what: 'an unknown kind', owner: reference('example.com/v1', 'Machine', 'web') },
    { what: 'a known kind of another API group', owner: reference('example.com/v1', 'Deployment', 'web') },
    {
      what: 'an owner that does not control the pod',
      owner: { ...reference('apps/v1', 'StatefulSet', 'web'), controller: false },
    },
  ])('does not include $what', async ({ owner }) => {
    expect(await ownersOf(podOwnedBy(owner))).toEqual({ owners: [], findings: [] });
    expect(cluster.reads).toEqual(['Namespace shop']);
  });

  it('ends without a finding at an owner that does not exist', async () => {
    expect(await ownersOf(podOwnedBy(reference('apps/v1', 'StatefulSet', 'gone')))).toEqual({
      owners: [],
      findings: [],
    });
  });

  it('ends with a warning at an owner that does not exist, if the reader has the whole cluster', async () => {
    cluster.complete = true;
    cluster.serve('Job shop/backup-1', { ownerReferences: [reference('batch/v1', 'CronJob', 'backup')] });
    const { owners, findings } = await ownersOf(podOwnedBy(reference('batch/v1', 'Job', 'backup-1')));

    expect(owners).toEqual(['Job shop/backup-1']);
    expect(findings).toMatchObject([
      {
        code: 'owner-not-found',
        severity: 'warn',
        scope: 'owner',
        object: 'Job shop/backup-1',
        value: 'CronJob backup',
      },
    ]);
  });

  it.each(['../../secrets/db', 'Web', '', 'web/status', 'web?x=1'])(
    'ends with a warning and without a read at the invalid name %j',
    async (name) => {
      const { owners, findings } = await ownersOf(podOwnedBy(reference('apps/v1', 'StatefulSet', name)));

      expect(owners).toEqual([]);
      expect(findings).toMatchObject([
        { code: 'owner-name-invalid', severity: 'warn', scope: 'pod', object: 'Pod shop/web-0' },
      ]);
      expect(cluster.reads).toEqual(['Namespace shop']);
    },
  );

  it('ends at the first owner that was already read if the references form a loop', async () => {
    cluster
      .serve('StatefulSet shop/web', { ownerReferences: [reference('batch/v1', 'Job', 'web')] })
      .serve('Job shop/web', { ownerReferences: [reference('apps/v1', 'StatefulSet', 'web')] });

    const { owners, findings } = await ownersOf(podOwnedBy(reference('apps/v1', 'StatefulSet', 'web')));

    expect({ owners, findings }).toEqual({ owners: ['StatefulSet shop/web', 'Job shop/web'], findings: [] });
    expect(cluster.reads).toHaveLength(3);
  });

  it('has eight owners at most, and warns about a longer chain', async () => {
    for (let index = 1; index <= 9; index += 1) {
      const next = reference('apps/v1', 'StatefulSet', `web-${index + 1}`);
      cluster.serve(`StatefulSet shop/web-${index}`, { ownerReferences: index < 9 ? [next] : [] });
    }

    const whole = await ownersOf(podOwnedBy(reference('apps/v1', 'StatefulSet', 'web-2')));
    expect(whole).toMatchObject({ owners: { length: 8 }, findings: [] });
    const { owners, findings } = await ownersOf(podOwnedBy(reference('apps/v1', 'StatefulSet', 'web-1')));
    expect(owners).toHaveLength(8);
    expect(findings).toMatchObject([
      { code: 'owners-too-many', scope: 'owner', object: 'StatefulSet shop/web-8', value: 'StatefulSet web-9' },
    ]);
  });
});

describe('An owner whose uid differs from its owner reference', () => {
  it('gives a warning and does not count, and neither do its owners', async () => {
    cluster
      .serve('Job shop/backup-1', { uid: 'another', ownerReferences: [reference('batch/v1', 'CronJob', 'backup')] })
      .serve('CronJob shop/backup');

    const { owners, findings } = await ownersOf(podOwnedBy(reference('batch/v1', 'Job', 'backup-1')));

    expect(owners).toEqual([]);
    expect(findings).toMatchObject([
      { code: 'owner-uid-mismatch', severity: 'warn', scope: 'pod', object: 'Pod shop/web-0', value: 'Job backup-1' },
    ]);
  });

  it('gives a warning on the object that has the owner reference', async () => {
    cluster
      .serve('Job shop/backup-1', { ownerReferences: [reference('batch/v1', 'CronJob', 'backup')] })
      .serve('CronJob shop/backup', { uid: 'another' });

    const { owners, findings } = await ownersOf(podOwnedBy(reference('batch/v1', 'Job', 'backup-1')));

    expect(owners).toEqual(['Job shop/backup-1']);
    expect(findings).toMatchObject([{ code: 'owner-uid-mismatch', scope: 'owner', object: 'Job shop/backup-1' }]);
  });

  it('is read again if it was a guess from the cache', async () => {
    const caching = new CachingReader(cluster, 60);
    const pod = podOwnedBy(reference('apps/v1', 'ReplicaSet', 'web-5d9f'), { 'pod-template-hash': '5d9f' });
    cluster
      .serve('ReplicaSet shop/web-5d9f', { ownerReferences: [reference('apps/v1', 'Deployment', 'web')] })
      .serve('Deployment shop/web', { uid: 'of the deployment before' });
    await ownersOf(pod, caching);
    cluster.serve('Deployment shop/web');

    expect(await ownersOf(pod, caching)).toEqual({ owners: ['Deployment shop/web'], findings: [] });
  });

  it('cannot come from the cache, because the read names the expected uid', async () => {
    cluster.serve('StatefulSet shop/web');

    await ownersOf(podOwnedBy(reference('apps/v1', 'StatefulSet', 'web')));

    expect(cluster.options[cluster.reads.indexOf('StatefulSet shop/web')]?.uid).toBe('uid of StatefulSet shop/web');
  });
});
