// Tests the admission of one pod: when the cluster is read, and when a cached answer is not enough.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AdmissionContext, type Decision, mutate } from '../../../lib/admission/mutate.ts';
import { CachingReader } from '../../../lib/cluster/caching-reader.ts';
import { Deadline } from '../../../lib/common/deadline.ts';
import { ClusterReadError } from '../../../lib/common/errors.ts';
import { readReview } from '../../../lib/kubernetes/review.ts';
import { parseMutateSettings } from '../../../lib/settings/webhook-config.ts';
import { FakeCluster } from '../../fakes/cluster.ts';
import { type PodManifest, type Review, reviewOf, reviewOfPod, roleArn } from '../../fakes/events.ts';

const role = { 'cwii.dev/aws-role-arn': roleArn };
const optingOut = { 'cwii.dev/aws-inject': 'false', 'cwii.dev/az-inject': 'False', 'cwii.dev/gcp-inject': ' false ' };
const invalidRole = { 'cwii.dev/aws-role-arn': 'web' };

let cluster: FakeCluster;
let deadline: Deadline;

beforeEach(() => {
  deadline = new Deadline(5000);
  cluster = new FakeCluster().serve('ServiceAccount shop/web').serve('Namespace shop');
});
afterEach(() => deadline[Symbol.dispose]());

function admit(review: Review, change: Partial<AdmissionContext> = {}): Promise<Decision> {
  return mutate(readReview(review), { settings: parseMutateSettings({}), reader: cluster, deadline, ...change });
}
const podWith = (annotations: Record<string, string>) =>
  reviewOfPod(({ metadata }) => {
    metadata.annotations = annotations;
  });
/** A pod of a StatefulSet that requests nothing itself. */
const ownedPod = reviewOfPod(({ metadata }: PodManifest) => {
  const uid = 'uid of StatefulSet shop/web';
  metadata.annotations = {};
  metadata.ownerReferences = [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid, controller: true }];
});

describe('mutate', () => {
  it('returns the patch for an admitted pod', async () => {
    const decision = await admit(podWith(role));

    expect(decision).toMatchObject({
      kind: 'admitted',
      pod: { object: 'Pod shop/web' },
      injected: ['aws'],
      findings: [],
      reads: 2,
    });
    expect('patch' in decision && decision.patch.length).toBeGreaterThan(0);
  });

  it('returns no patch for a denied pod', async () => {
    const decision = await admit(podWith(invalidRole));

    expect(decision).toMatchObject({ kind: 'denied', injected: [], findings: [{ code: 'aws-role-arn-invalid' }] });
    expect(decision).not.toHaveProperty('patch');
  });

  it('returns the findings about owners before those about annotations', async () => {
    const { findings } = await admit(
      reviewOfPod(({ metadata }) => {
        metadata.annotations = { 'cwii.dev/a': 'x' };
        metadata.ownerReferences = [{ apiVersion: 'batch/v1', kind: 'Job', name: '../x', uid: '1', controller: true }];
      }),
    );

    expect(findings.map(({ code }) => code)).toEqual(['owner-name-invalid', 'annotation-unknown']);
  });

  it('rejects an object that is not a pod', async () => {
    const review = reviewOf(({ request }) => {
      request.object = { metadata: {} };
    });

    await expect(admit(review)).rejects.toMatchObject({ name: 'ReviewError', code: 'review-invalid' });
    expect(cluster.reads).toEqual([]);
  });
});

describe('The cluster', () => {
  it('is read once for each object', async () => {
    await admit(podWith(role));

    expect(cluster.reads.sort()).toEqual(['Namespace shop', 'ServiceAccount shop/web']);
  });

  it('is not read for a pod that suppresses every cloud itself', async () => {
    const decision = await admit(podWith({ ...role, ...optingOut }));

    expect(decision).toMatchObject({ kind: 'admitted', patch: [], injected: [], reads: 0 });
    expect(cluster.reads).toEqual([]);
  });

  it('is not read for such a pod if it has annotations of other products too', async () => {
    const settings = parseMutateSettings({ CWII_NATIVE_ANNOTATIONS: 'true' });
    const review = reviewOfPod(({ metadata }) => {
      metadata.annotations = optingOut;
      metadata.labels = { 'azure.workload.identity/use': 'true' };
    });

    expect(await admit(review, { settings })).toMatchObject({ patch: [], injected: [], findings: [], reads: 0 });
  });

  it.each(Object.keys(optingOut))('is read if the boolean %s is unreadable', async (key) => {
    await admit(podWith({ ...optingOut, [key]: 'no' }));

    expect(cluster.reads).toHaveLength(2);
  });

  it.each(Object.keys(optingOut))('is read if only %s is not "false"', async (key) => {
    const { [key]: _, ...others } = optingOut as Record<string, string>;
    await admit(podWith(others));

    expect(cluster.reads).toHaveLength(2);
  });

  it('is not needed for the annotations of the pod itself', async () => {
    expect(await admit(podWith(role), { reader: undefined })).toMatchObject({ injected: ['aws'], reads: 0 });
    expect(await admit(ownedPod, { reader: undefined })).toMatchObject({ injected: [], reads: 0 });
  });

  it('must be readable even for a pod that sets everything itself', async () => {
    cluster.fail('Namespace shop', new ClusterReadError('cluster-timeout', 'no answer'));

    await expect(admit(podWith(role))).rejects.toMatchObject({ code: 'cluster-timeout' });
  });

  it('is not read a second time if nothing came from the cache', async () => {
    expect(await admit(ownedPod)).toMatchObject({ injected: [], reads: 3 });
  });

  it('reports audiences of the API server, which are denied', async () => {
    cluster.apiAudiences = ['https://issuer.example.com'];
    const reader = new CachingReader(cluster, 60);
    const review = podWith({ ...role, 'cwii.dev/aws-audience': 'https://issuer.example.com' });

    expect(await admit(review, { reader })).toMatchObject({
      kind: 'denied',
      findings: [{ code: 'audience-of-api-server' }],
    });
  });
});

describe('A cached result', () => {
  let reader: CachingReader;
  beforeEach(() => {
    reader = new CachingReader(cluster, 60);
    cluster.serve('StatefulSet shop/web');
  });
  /** Fills the cache by the admission of another pod of the workload. */
  const fillCache = async () => {
    await admit(ownedPod, { reader });
    cluster.reads.length = 0;
  };

  it('is used if it gives an identity', async () => {
    cluster.serve('ServiceAccount shop/web', { annotations: role });
    await fillCache();

    expect(await admit(ownedPod, { reader })).toMatchObject({ injected: ['aws'], reads: 0 });
    expect(cluster.reads).toEqual([]);
  });

  it('is read again if it would give no identity', async () => {
    await fillCache();
    cluster.serve('ServiceAccount shop/web', { annotations: role });

    expect(await admit(ownedPod, { reader })).toMatchObject({ injected: ['aws'], reads: 3 });
  });

  it('is read again only once, whatever the second read gives', async () => {
    await fillCache();

    expect(await admit(ownedPod, { reader })).toMatchObject({ kind: 'admitted', injected: [], reads: 3 });
  });

  it('adds the requests of the first read to those of the second', async () => {
    cluster.serve('ServiceAccount shop/api');
    await fillCache();
    const ofAnotherAccount = reviewOfPod(({ metadata, spec }) => {
      metadata.annotations = {};
      spec.serviceAccountName = 'api';
    });

    // First the ServiceAccount, because the namespace is cached; then both.
    expect(await admit(ofAnotherAccount, { reader })).toMatchObject({ injected: [], reads: 3 });
  });

  it('is read again if it would deny the pod', async () => {
    cluster.serve('StatefulSet shop/web', { annotations: invalidRole });
    await fillCache();
    cluster.serve('StatefulSet shop/web', { annotations: role });

    expect(await admit(ownedPod, { reader })).toMatchObject({ kind: 'admitted', injected: ['aws'], reads: 3 });
  });

  it('is read again if it would suppress an identity that the pod requests', async () => {
    cluster.serve('Namespace shop', { annotations: { 'cwii.dev/aws-inject': 'false' } });
    await fillCache();
    cluster.serve('Namespace shop');

    expect(
      await admit(
        reviewOfPod(() => undefined),
        { reader },
      ),
    ).toMatchObject({ injected: ['aws'] });
  });
});
