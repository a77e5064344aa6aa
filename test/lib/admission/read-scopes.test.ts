// Tests which objects are read for a pod, that the reads run in parallel, and what a failed read means.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { podAlone, readScopes, type ScopesRead } from '../../../lib/admission/read-scopes.ts';
import type { ClusterReader } from '../../../lib/cluster/reader.ts';
import { Deadline } from '../../../lib/common/deadline.ts';
import { ClusterReadError } from '../../../lib/common/errors.ts';
import type { OwnerReference } from '../../../lib/kubernetes/objects.ts';
import { builtInOwnerKinds, parseOwnerKinds } from '../../../lib/kubernetes/owner-kinds.ts';
import type { Pod } from '../../../lib/kubernetes/pod.ts';
import { FakeCluster } from '../../fakes/cluster.ts';
import { samplePod } from '../../fakes/evaluation.ts';

const references = (kind: string, name: string, apiVersion = 'apps/v1'): OwnerReference[] => [
  { apiVersion, kind, name, uid: `uid of ${kind} shop/${name}`, controller: true },
];

/** A pod of a ReplicaSet of a Deployment. */
const base = samplePod({
  object: 'Pod shop/web-5d9f-*',
  annotations: {},
  labels: { 'pod-template-hash': '5d9f' },
  ownerReferences: references('ReplicaSet', 'web-5d9f'),
});
const fourReads = ['Deployment shop/web', 'Namespace shop', 'ReplicaSet shop/web-5d9f', 'ServiceAccount shop/web'];

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

function read(pod: Pod, options: { reader?: ClusterReader; fresh?: boolean } = {}) {
  const { reader = cluster, fresh = false } = options;
  return readScopes(pod, reader, { deadline, fresh, ownerKinds: builtInOwnerKinds });
}
const objectsIn = ({ scopes }: ScopesRead) => scopes.map(({ object }) => object);

/** Waits until everything has happened that does not wait for an answer. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('readScopes', () => {
  it('returns the pod, its owners, its ServiceAccount and its namespace, in this order', async () => {
    const result = await read({ ...base, annotations: { from: 'pod' } });

    expect(result.scopes).toEqual([
      { kind: 'pod', object: 'Pod shop/web-5d9f-*', annotations: { from: 'pod' } },
      { kind: 'owner', object: 'Deployment shop/web', annotations: { from: 'deployment' } },
      { kind: 'serviceaccount', object: 'ServiceAccount shop/web', annotations: { from: 'account' } },
      { kind: 'namespace', object: 'Namespace shop', annotations: { from: 'namespace' } },
    ]);
    expect(result).toMatchObject({ findings: [], attempts: 4, cached: false });
  });

  it('starts all reads before the first answer', async () => {
    cluster.hold();

    const result = read(base);
    await settle();
    const inFlight = [...cluster.reads];
    cluster.release();
    await result;

    expect(inFlight.sort()).toEqual(fourReads);
    expect(cluster.reads).toHaveLength(4);
  });

  it('reads two objects for a pod without an owner', async () => {
    await read({ ...base, ownerReferences: [] });

    expect(cluster.reads.sort()).toEqual(['Namespace shop', 'ServiceAccount shop/web']);
  });

  it.each([undefined, 'Web', '../secrets', ''])('reads no ServiceAccount named %j', async (serviceAccountName) => {
    const result = await read({ ...base, ownerReferences: [], serviceAccountName });

    expect(objectsIn(result)).toEqual(['Pod shop/web-5d9f-*', 'Namespace shop']);
    expect(cluster.reads).toEqual(['Namespace shop']);
  });

  it('omits objects that do not exist', async () => {
    cluster.remove('ServiceAccount shop/web');
    cluster.remove('Namespace shop');

    expect(objectsIn(await read(base))).toEqual(['Pod shop/web-5d9f-*', 'Deployment shop/web']);
  });

  it('warns about a ServiceAccount that does not exist, if the reader has the whole cluster', async () => {
    cluster.complete = true;
    cluster.remove('ServiceAccount shop/web');

    expect((await read(base)).findings).toMatchObject([
      { code: 'service-account-not-found', severity: 'warn', scope: 'pod', object: base.object, value: 'web' },
    ]);
    expect((await read({ ...base, serviceAccountName: undefined })).findings).toEqual([]);
  });

  it('passes the deadline to the reader, and asks for fresh objects if requested', async () => {
    await read(base, { fresh: true });

    expect(cluster.options.every((options) => options.deadline === deadline && options.fresh)).toBe(true);
  });

  it.each(fourReads)('fails if %s cannot be read', async (name) => {
    cluster.fail(name, new ClusterReadError('cluster-timeout', 'no answer'));

    await expect(read(base)).rejects.toMatchObject({ code: 'cluster-timeout' });
  });

  it('fails if a reader has not answered by the deadline', async () => {
    cluster.hold();
    using short = new Deadline(20);

    const result = readScopes(base, cluster, { deadline: short, fresh: false, ownerKinds: builtInOwnerKinds });

    await expect(result).rejects.toMatchObject({ name: 'ClusterReadError', code: 'cluster-timeout' });
  });

  it('reports the result as cached if one of the objects was cached', async () => {
    const reader: ClusterReader = {
      read: async (key, options) => ({
        ...(await cluster.read(key, options)),
        ...(key.kind.kind === 'Namespace' && { cached: true, attempts: 0 }),
      }),
    };

    expect(await read(base, { reader })).toMatchObject({ cached: true, attempts: 3 });
  });
});

describe('A chain of five owners', () => {
  const knative = 'serving.knative.dev/v1';
  const kinds = `${knative}/services=Service,${knative}/configurations=Configuration,${knative}/revisions=Revision`;
  const ownerKinds = [...builtInOwnerKinds, ...parseOwnerKinds(kinds)];
  const labels = {
    'pod-template-hash': '5d9f',
    'serving.knative.dev/revision': 'web-1',
    'serving.knative.dev/configuration': 'web',
    'serving.knative.dev/service': 'web',
  };

  it.each([
    { what: 'one round trip if labels name the owners', given: labels, waves: 1 },
    { what: 'four round trips without labels', given: { 'pod-template-hash': '5d9f' }, waves: 4 },
  ])('takes $what', async ({ given, waves }) => {
    cluster
      .serve('Deployment shop/web', { ownerReferences: references('Revision', 'web-1', knative) })
      .serve('Revision shop/web-1', { ownerReferences: references('Configuration', 'web', knative) })
      .serve('Configuration shop/web', { ownerReferences: references('Service', 'web', knative) })
      .serve('Service shop/web');
    const pending: (() => void)[] = [];
    const reader: ClusterReader = {
      read: async (key, options) => {
        await new Promise<void>((resolve) => pending.push(resolve));
        return await cluster.read(key, options);
      },
    };
    const result = readScopes({ ...base, labels: given }, reader, { deadline, fresh: false, ownerKinds });
    let counted = 0;
    // All reads that wait for each other's answers are one round trip.
    for (; pending.length > 0; counted += 1) {
      for (const release of pending.splice(0)) release();
      await settle();
    }
    const { scopes, attempts } = await result;

    expect(scopes.map(({ object }) => object)).toContain('Service shop/web');
    expect({ attempts, waves: counted }).toEqual({ attempts: 7, waves });
  });
});

describe('The guess of the owner’s owner', () => {
  it('costs no further read if it is right', async () => {
    await read(base);

    expect(cluster.reads.sort()).toEqual(fourReads);
  });

  it('costs one further read and does not count if it is wrong', async () => {
    cluster
      .serve('ReplicaSet shop/web-5d9f', { ownerReferences: references('Deployment', 'adopter') })
      .serve('Deployment shop/adopter');

    const result = await read(base);

    expect(objectsIn(result)).toContain('Deployment shop/adopter');
    expect(objectsIn(result)).not.toContain('Deployment shop/web');
    expect(cluster.reads).toHaveLength(5);
    expect(cluster.reads.at(-1)).toBe('Deployment shop/adopter');
  });

  it('does not count if no owner reference confirms it', async () => {
    cluster.serve('ReplicaSet shop/web-5d9f', { annotations: { from: 'replicaset' } });

    const result = await read(base);

    expect(objectsIn(result)).toContain('ReplicaSet shop/web-5d9f');
    expect(objectsIn(result)).not.toContain('Deployment shop/web');
  });

  it('may fail to be read if no owner reference confirms it', async () => {
    cluster
      .serve('ReplicaSet shop/web-5d9f', { annotations: { from: 'replicaset' } })
      .fail('Deployment shop/web', new ClusterReadError('cluster-forbidden', 'not allowed'));

    expect(objectsIn(await read(base))).toContain('ReplicaSet shop/web-5d9f');
    await settle();
  });

  it('is not read if the rest of the name is not a valid name', async () => {
    await read({ ...base, ownerReferences: references('ReplicaSet', 'web.-5d9f') });

    expect(cluster.reads.some((name) => name.startsWith('Deployment'))).toBe(false);
  });
});

describe('podAlone', () => {
  it('returns the pod as the only scope, without a read', () => {
    expect(podAlone({ ...base, annotations: { from: 'pod' } })).toEqual({
      scopes: [{ kind: 'pod', object: 'Pod shop/web-5d9f-*', annotations: { from: 'pod' } }],
      findings: [],
      attempts: 0,
      cached: false,
    });
  });
});
