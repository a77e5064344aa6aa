// Knows the way of one admission: what is skipped, when the cluster is read, and when a cached answer is not enough.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type MutateContext, mutate, type Verdict } from '../../../lib/admission/mutate.ts';
import { CachingReader } from '../../../lib/cluster/caching-reader.ts';
import { Deadline } from '../../../lib/common/deadline.ts';
import { ClusterReadError } from '../../../lib/common/errors.ts';
import { parseMutateSettings } from '../../../lib/settings/webhook-config.ts';
import { FakeCluster } from '../../fakes/cluster.ts';
import { type PodManifest, type Review, reviewOf, reviewOfPod, roleArn } from '../../fakes/events.ts';
import { requestOf } from '../../fakes/views.ts';

const role = { 'cwii.dev/aws-role-arn': roleArn };
const optingOut = { 'cwii.dev/aws-inject': 'false', 'cwii.dev/az-inject': 'False', 'cwii.dev/gcp-inject': ' false ' };
const badRole = { 'cwii.dev/aws-role-arn': 'web' };
const setRole = 'uid of StatefulSet shop/web';

let cluster: FakeCluster;
let deadline: Deadline;

beforeEach(() => {
  deadline = new Deadline(5000);
  cluster = new FakeCluster().serve('ServiceAccount shop/web').serve('Namespace shop');
});
afterEach(() => deadline[Symbol.dispose]());

function admit(review: Review, change: Partial<MutateContext> = {}): Promise<Verdict> {
  return mutate(requestOf(review), { settings: parseMutateSettings({}), reader: cluster, deadline, ...change });
}
const podWith = (annotations: Record<string, string>) =>
  reviewOfPod(({ metadata }) => {
    metadata.annotations = annotations;
  });
/** A pod that asks for nothing by itself and belongs to a StatefulSet. */
const ownedPod = reviewOfPod(({ metadata }: PodManifest) => {
  metadata.annotations = {};
  metadata.ownerReferences = [
    { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: setRole, controller: true },
  ];
});

describe('a request', () => {
  it('that is not to create a pod is skipped without a look at its object', async () => {
    const review = reviewOf(({ request }) => {
      request.operation = 'DELETE';
      request.object = null;
    });

    expect(await admit(review)).toEqual({ kind: 'skipped', reason: 'not-a-create' });
    expect(cluster.reads).toEqual([]);
  });

  it('for a mirror pod is skipped without a read', async () => {
    expect(await admit(podWith({ ...role, 'kubernetes.io/config.mirror': 'x' }))).toEqual({
      kind: 'skipped',
      reason: 'mirror-pod',
    });
    expect(cluster.reads).toEqual([]);
  });

  it('whose object is no pod is refused', async () => {
    const review = reviewOf(({ request }) => {
      request.object = { metadata: {} };
    });

    await expect(admit(review)).rejects.toMatchObject({ name: 'ReviewError', code: 'review-invalid' });
  });
});

describe('the cluster', () => {
  it('is read for a pod, and the requests are counted', async () => {
    const verdict = await admit(podWith(role));

    expect(verdict).toMatchObject({ kind: 'admitted', injected: ['aws'], findings: [], reads: 2 });
    expect(cluster.reads.sort()).toEqual(['Namespace shop', 'ServiceAccount shop/web']);
  });

  it('is not read for a pod that opts out of every cloud by itself', async () => {
    const verdict = await admit(podWith({ ...role, ...optingOut }));

    expect(verdict).toMatchObject({ kind: 'admitted', patch: [], injected: [], reads: 0 });
    expect(cluster.reads).toEqual([]);
  });

  it("is not read for a pod that opts out in cwii's words, whatever others' words it carries", async () => {
    const settings = parseMutateSettings({ CWII_NATIVE_ANNOTATIONS: 'true' });
    const review = reviewOfPod(({ metadata }) => {
      metadata.annotations = optingOut;
      metadata.labels = { 'azure.workload.identity/use': 'true' };
    });

    expect(await admit(review, { settings })).toMatchObject({ patch: [], injected: [], findings: [], reads: 0 });
  });

  it.each(Object.keys(optingOut))('is read for a pod whose %s cannot be read', async (key) => {
    await admit(podWith({ ...optingOut, [key]: 'no' }));

    expect(cluster.reads).toHaveLength(2);
  });

  it.each(Object.keys(optingOut))('is read for a pod that opts out of all but %s', async (key) => {
    const { [key]: _, ...others } = optingOut as Record<string, string>;
    await admit(podWith(others));

    expect(cluster.reads).toHaveLength(2);
  });

  it('does not matter where there is no way into it', async () => {
    expect(await admit(podWith(role), { reader: undefined })).toMatchObject({ injected: ['aws'], reads: 0 });
    expect(await admit(ownedPod, { reader: undefined })).toMatchObject({ injected: [], reads: 0 });
  });

  it('that cannot be read is an error, even for a pod that has all by itself', async () => {
    cluster.fail('Namespace shop', new ClusterReadError('cluster-timeout', 'no answer'));

    await expect(admit(podWith(role))).rejects.toMatchObject({ code: 'cluster-timeout' });
  });

  it('is not asked twice where nothing came from a cache', async () => {
    expect(await admit(ownedPod)).toMatchObject({ injected: [], reads: 3 });
  });
});

describe('a cached result', () => {
  let reader: CachingReader;
  beforeEach(() => {
    reader = new CachingReader(cluster, 60);
    cluster.serve('StatefulSet shop/web');
  });
  /** Another pod of the workload has just been admitted. */
  const remember = async () => {
    await admit(ownedPod, { reader });
    cluster.reads.length = 0;
  };

  it('that gives an identity is used', async () => {
    cluster.serve('ServiceAccount shop/web', { annotations: role });
    await remember();

    expect(await admit(ownedPod, { reader })).toMatchObject({ injected: ['aws'], reads: 0 });
    expect(cluster.reads).toEqual([]);
  });

  it('that would withhold one is read afresh', async () => {
    await remember();
    cluster.serve('ServiceAccount shop/web', { annotations: role });

    expect(await admit(ownedPod, { reader })).toMatchObject({ injected: ['aws'], reads: 3 });
  });

  it('that would withhold one is read afresh once, whatever that gives', async () => {
    await remember();

    expect(await admit(ownedPod, { reader })).toMatchObject({ kind: 'admitted', injected: [], reads: 3 });
  });

  it('that would withhold one leaves the requests of both readings counted', async () => {
    cluster.serve('ServiceAccount shop/api');
    await remember();
    const ofAnotherAccount = reviewOfPod(({ metadata, spec }) => {
      metadata.annotations = {};
      spec.serviceAccountName = 'api';
    });

    // One for the account, beside the namespace that is cached; then one for each of them.
    expect(await admit(ofAnotherAccount, { reader })).toMatchObject({ injected: [], reads: 3 });
  });

  it('that would deny the pod is read afresh', async () => {
    cluster.serve('StatefulSet shop/web', { annotations: badRole });
    await remember();
    cluster.serve('StatefulSet shop/web', { annotations: role });

    expect(await admit(ownedPod, { reader })).toMatchObject({ kind: 'admitted', injected: ['aws'], reads: 3 });
  });

  it('that would switch one off is read afresh', async () => {
    cluster.serve('Namespace shop', { annotations: { 'cwii.dev/aws-inject': 'false' } });
    await remember();
    cluster.serve('Namespace shop');

    const review = reviewOfPod(() => undefined);

    expect(await admit(review, { reader })).toMatchObject({ injected: ['aws'] });
  });
});

describe('a role that is none', () => {
  const at = {
    pod: () => admit(podWith(badRole)),
    owner: () => admit(ownedPod),
    account: () => admit(ownedPod),
    namespace: () => admit(ownedPod),
  };

  it.each([
    { scope: 'pod', kind: 'denied' },
    { scope: 'owner', name: 'StatefulSet shop/web', kind: 'denied' },
    { scope: 'account', name: 'ServiceAccount shop/web', kind: 'admitted' },
    { scope: 'namespace', name: 'Namespace shop', kind: 'admitted' },
  ] as const)('on the $scope has the pod $kind', async (example) => {
    cluster.serve('StatefulSet shop/web');
    if ('name' in example) cluster.serve(example.name, { annotations: badRole });

    const verdict = await at[example.scope]();

    expect(verdict).toMatchObject({
      kind: example.kind,
      injected: [],
      findings: [{ code: 'aws-role-arn-invalid', severity: example.kind === 'denied' ? 'deny' : 'warn' }],
    });
  });

  it.each([
    { onInvalid: 'warn', kind: 'admitted' },
    { onInvalid: 'deny', kind: 'denied' },
  ])('has the pod $kind from every scope where CWII_ON_INVALID is $onInvalid', async ({ onInvalid, kind }) => {
    const settings = parseMutateSettings({ CWII_ON_INVALID: onInvalid });
    cluster.serve('Namespace shop', { annotations: badRole });

    expect(await admit(podWith(badRole), { settings })).toMatchObject({ kind });
    expect(await admit(podWith({}), { settings })).toMatchObject({ kind });
  });
});
