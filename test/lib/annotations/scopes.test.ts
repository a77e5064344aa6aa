// Knows which objects are read for a pod, that the reads do not wait for each other, and what a failed one means.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readScopes, type ScopedPod } from '../../../lib/annotations/scopes.ts';
import type { ClusterReader } from '../../../lib/cluster/reader.ts';
import { Deadline } from '../../../lib/common/deadline.ts';
import { ClusterReadError } from '../../../lib/common/errors.ts';
import type { OwnerReference } from '../../../lib/kubernetes/objects.ts';
import { builtInOwnerKinds } from '../../../lib/kubernetes/owner-kinds.ts';
import { FakeCluster } from '../../fakes/cluster.ts';

const references = (kind: string, name: string, apiVersion = 'apps/v1'): OwnerReference[] => [
  { apiVersion, kind, name, uid: `uid of ${kind} shop/${name}`, controller: true },
];

const base: ScopedPod = {
  namespace: 'shop',
  displayName: 'web-5d9f-*',
  annotations: {},
  labels: { 'pod-template-hash': '5d9f' },
  ownerReferences: references('ReplicaSet', 'web-5d9f'),
  serviceAccountName: 'web',
};
const fourReads = ['ReplicaSet shop/web-5d9f', 'Deployment shop/web', 'ServiceAccount shop/web', 'Namespace shop'];

let cluster: FakeCluster;
let deadline: Deadline;

beforeEach(() => {
  deadline = new Deadline(5000);
  cluster = new FakeCluster()
    .serve('ReplicaSet shop/web-5d9f', { ownerReferences: references('Deployment', 'web') })
    .serve('Deployment shop/web', { annotations: { from: 'deployment' } })
    .serve('ServiceAccount shop/web', { annotations: { from: 'account' } })
    .serve('Namespace shop', { annotations: { from: 'namespace' } });
});
afterEach(() => deadline[Symbol.dispose]());

function scopesOf(pod: ScopedPod, options: { reader?: ClusterReader; fresh?: boolean } = {}) {
  const { reader = cluster, fresh = false } = options;
  return readScopes(pod, reader, { deadline, fresh, ownerKinds: builtInOwnerKinds });
}
const objectsIn = ({ scopes }: Awaited<ReturnType<typeof readScopes>>) => scopes.map(({ object }) => object);

/** Long enough for everything that does not wait for an answer to have happened. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('the scopes of a pod', () => {
  it('are the pod, its owners, its ServiceAccount and its namespace, in this order', async () => {
    const read = await scopesOf({ ...base, annotations: { from: 'pod' } });

    expect(read.scopes).toEqual([
      { kind: 'pod', object: 'Pod shop/web-5d9f-*', annotations: { from: 'pod' } },
      { kind: 'owner', object: 'Deployment shop/web', annotations: { from: 'deployment' } },
      { kind: 'serviceaccount', object: 'ServiceAccount shop/web', annotations: { from: 'account' } },
      { kind: 'namespace', object: 'Namespace shop', annotations: { from: 'namespace' } },
    ]);
    expect(read).toMatchObject({ findings: [], attempts: 4, cached: false });
  });

  it('are all asked for before any is answered', async () => {
    cluster.hold();

    const read = scopesOf(base);
    await settle();
    const inFlight = [...cluster.reads];
    cluster.release();
    await read;

    expect(inFlight.sort()).toEqual([...fourReads].sort());
    expect(cluster.reads).toHaveLength(4);
  });

  it('are two for a pod without an owner', async () => {
    await scopesOf({ ...base, ownerReferences: [] });

    expect(cluster.reads.sort()).toEqual(['Namespace shop', 'ServiceAccount shop/web']);
  });

  it.each([undefined, 'Web', '../secrets', ''])('have no ServiceAccount where the pod names %j', async (name) => {
    const read = await scopesOf({ ...base, ownerReferences: [], serviceAccountName: name });

    expect(objectsIn(read)).toEqual(['Pod shop/web-5d9f-*', 'Namespace shop']);
    expect(cluster.reads).toEqual(['Namespace shop']);
  });

  it('leave out what does not exist', async () => {
    cluster.remove('ServiceAccount shop/web');
    cluster.remove('Namespace shop');

    expect(objectsIn(await scopesOf(base))).toEqual(['Pod shop/web-5d9f-*', 'Deployment shop/web']);
  });

  it('are asked for with the deadline, and afresh where that is wanted', async () => {
    await scopesOf(base, { fresh: true });

    expect(cluster.options.every((options) => options.deadline === deadline && options.fresh)).toBe(true);
  });

  it.each(fourReads)('cannot be told where %s cannot be read', async (name) => {
    cluster.fail(name, new ClusterReadError('cluster-timeout', 'no answer'));

    await expect(scopesOf(base)).rejects.toMatchObject({ code: 'cluster-timeout' });
  });

  it('cannot be told where a reader has not answered at the deadline', async () => {
    cluster.hold();
    using short = new Deadline(20);

    const read = readScopes(base, cluster, { deadline: short, fresh: false, ownerKinds: builtInOwnerKinds });

    await expect(read).rejects.toMatchObject({ name: 'ClusterReadError', code: 'cluster-timeout' });
  });

  it('count as cached where one of them was', async () => {
    const reader: ClusterReader = {
      read: async (key, options) => ({
        ...(await cluster.read(key, options)),
        ...(key.kind.kind === 'Namespace' && { cached: true, attempts: 0 }),
      }),
    };

    expect(await scopesOf(base, { reader })).toMatchObject({ cached: true, attempts: 3 });
  });
});

describe('a guessed owner', () => {
  it('that is the right one costs no further read', async () => {
    await scopesOf(base);

    expect([...cluster.reads].sort()).toEqual([...fourReads].sort());
  });

  it('that is the wrong one costs one further read, and does not count', async () => {
    cluster
      .serve('ReplicaSet shop/web-5d9f', { ownerReferences: references('Deployment', 'adopter') })
      .serve('Deployment shop/adopter');

    const read = await scopesOf(base);

    expect(objectsIn(read)).toContain('Deployment shop/adopter');
    expect(objectsIn(read)).not.toContain('Deployment shop/web');
    expect(cluster.reads).toHaveLength(5);
    expect(cluster.reads.at(-1)).toBe('Deployment shop/adopter');
  });

  it('that no reference confirms does not count', async () => {
    cluster.serve('ReplicaSet shop/web-5d9f', { annotations: { from: 'replicaset' } });

    const read = await scopesOf(base);

    expect(objectsIn(read)).toContain('ReplicaSet shop/web-5d9f');
    expect(objectsIn(read)).not.toContain('Deployment shop/web');
  });

  it('that cannot be read does not matter until it is confirmed', async () => {
    cluster
      .serve('ReplicaSet shop/web-5d9f', { annotations: { from: 'replicaset' } })
      .fail('Deployment shop/web', new ClusterReadError('cluster-forbidden', 'not allowed'));

    expect(objectsIn(await scopesOf(base))).toContain('ReplicaSet shop/web-5d9f');
    await settle();
  });

  it('is not made of a hash that makes no name', async () => {
    const name = 'web.-5d9f';
    const pod = { ...base, ownerReferences: references('ReplicaSet', name) };

    await scopesOf(pod);

    expect(cluster.reads.some((read) => read.startsWith('Deployment'))).toBe(false);
  });
});
