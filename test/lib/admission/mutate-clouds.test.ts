// Tests when a cached result about several clouds is read again: whenever a requested cloud would be missing.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mutate } from '../../../lib/admission/mutate.ts';
import { CachingReader } from '../../../lib/cluster/caching-reader.ts';
import { Deadline } from '../../../lib/common/deadline.ts';
import { readReview } from '../../../lib/kubernetes/review.ts';
import { parseMutateSettings } from '../../../lib/settings/webhook-config.ts';
import { FakeCluster } from '../../fakes/cluster.ts';
import { reviewOfPod, roleArn } from '../../fakes/events.ts';

const id = '11111111-2222-3333-4444-555555555555';
const role = { 'cwii.dev/aws-role-arn': roleArn };
const client = { 'cwii.dev/az-client-id': id };

let cluster: FakeCluster;
let reader: CachingReader;
let deadline: Deadline;
beforeEach(() => {
  deadline = new Deadline(5000);
  cluster = new FakeCluster().serve('ServiceAccount shop/web').serve('Namespace shop');
  reader = new CachingReader(cluster, 60);
});
afterEach(() => deadline[Symbol.dispose]());

function admit(annotations: Record<string, string> = {}, env: Record<string, string> = {}) {
  const review = reviewOfPod(({ metadata }) => {
    metadata.annotations = annotations;
  });
  return mutate(readReview(review), { settings: parseMutateSettings(env), reader, deadline });
}

describe('A cached result', () => {
  it('is read again if it gives one cloud and skips another', async () => {
    cluster.serve('ServiceAccount shop/web', { annotations: { ...role, ...client } });
    await admit();
    cluster.serve('Namespace shop', { annotations: { 'cwii.dev/az-tenant-id': id } });

    expect(await admit()).toMatchObject({ injected: ['aws', 'az'], findings: [], reads: 2 });
  });

  it('is read again only once, even if the second read skips that cloud too', async () => {
    cluster.serve('ServiceAccount shop/web', { annotations: { ...role, ...client } });
    await admit();

    expect(await admit()).toMatchObject({ injected: ['aws'], findings: [{ code: 'az-tenant-id-missing' }], reads: 2 });
  });

  it('is read again if it skips a cloud because of an invalid value on a wider scope', async () => {
    cluster.serve('Namespace shop', { annotations: { ...role, ...client, 'cwii.dev/az-tenant-id': 'x' } });
    await admit();
    cluster.serve('Namespace shop', { annotations: { ...role, ...client, 'cwii.dev/az-tenant-id': id } });

    expect(await admit()).toMatchObject({ injected: ['aws', 'az'], findings: [] });
  });

  it('is read again if a wider scope suppresses one cloud', async () => {
    cluster.serve('Namespace shop', { annotations: { 'cwii.dev/az-inject': 'false' } });
    const annotations = { ...role, ...client, 'cwii.dev/az-tenant-id': id };
    await admit(annotations);
    cluster.serve('Namespace shop');

    expect(await admit(annotations)).toMatchObject({ injected: ['aws', 'az'] });
  });

  it('is used if the pod itself suppresses one cloud', async () => {
    const annotations = { ...role, ...client, 'cwii.dev/az-inject': 'false' };
    await admit(annotations);

    expect(await admit(annotations)).toMatchObject({ injected: ['aws'], reads: 0 });
  });

  it('is used if it gives everything that is requested', async () => {
    cluster.serve('ServiceAccount shop/web', { annotations: role });
    await admit();

    expect(await admit()).toMatchObject({ injected: ['aws'], reads: 0 });
  });

  it('is read again if it has a value that is not allowed', async () => {
    const env = { CWII_ALLOWED_ROLE_ARNS: 'arn:aws:iam::123456789012:role/web' };
    cluster.serve('ServiceAccount shop/web', { annotations: { 'cwii.dev/aws-role-arn': `${roleArn}-2` } });
    await admit({}, env);
    cluster.serve('ServiceAccount shop/web', { annotations: role });

    expect(await admit({}, env)).toMatchObject({ kind: 'admitted', injected: ['aws'] });
  });

  it('is read again if it skips all containers', async () => {
    cluster.serve('Namespace shop', { annotations: { 'cwii.dev/skip-containers': 'app' } });
    await admit(role);
    cluster.serve('Namespace shop');

    expect(await admit(role)).toMatchObject({ injected: ['aws'] });
  });
});
