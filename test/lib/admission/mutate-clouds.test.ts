// Knows when a cached answer about several clouds is not enough: what was asked for and not given is looked for again.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mutate } from '../../../lib/admission/mutate.ts';
import { CachingReader } from '../../../lib/cluster/caching-reader.ts';
import { Deadline } from '../../../lib/common/deadline.ts';
import { parseMutateSettings } from '../../../lib/settings/webhook-config.ts';
import { FakeCluster } from '../../fakes/cluster.ts';
import { reviewOfPod, roleArn } from '../../fakes/events.ts';
import { requestOf } from '../../fakes/views.ts';

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
  return mutate(requestOf(review), { settings: parseMutateSettings(env), reader, deadline });
}

describe('a cached result', () => {
  it('that gives one cloud and skips another is read afresh', async () => {
    cluster.serve('ServiceAccount shop/web', { annotations: { ...role, ...client } });
    await admit();
    cluster.serve('Namespace shop', { annotations: { 'cwii.dev/az-tenant-id': id } });

    expect(await admit()).toMatchObject({ injected: ['aws', 'az'], findings: [], reads: 2 });
  });

  it('that gives one cloud and skips another is read afresh once, whatever that gives', async () => {
    cluster.serve('ServiceAccount shop/web', { annotations: { ...role, ...client } });
    await admit();

    expect(await admit()).toMatchObject({ injected: ['aws'], findings: [{ code: 'az-tenant-id-missing' }], reads: 2 });
  });

  it('that skips a malformed value of a wider scope is read afresh', async () => {
    cluster.serve('Namespace shop', { annotations: { ...role, ...client, 'cwii.dev/az-tenant-id': 'x' } });
    await admit();
    cluster.serve('Namespace shop', { annotations: { ...role, ...client, 'cwii.dev/az-tenant-id': id } });

    expect(await admit()).toMatchObject({ injected: ['aws', 'az'], findings: [] });
  });

  it('that switches one cloud off on a wider scope, and gives another, is read afresh', async () => {
    cluster.serve('Namespace shop', { annotations: { 'cwii.dev/az-inject': 'false' } });
    const annotations = { ...role, ...client, 'cwii.dev/az-tenant-id': id };
    await admit(annotations);
    cluster.serve('Namespace shop');

    expect(await admit(annotations)).toMatchObject({ injected: ['aws', 'az'] });
  });

  it('in which the pod itself switches one cloud off is used', async () => {
    const annotations = { ...role, ...client, 'cwii.dev/az-inject': 'false' };
    await admit(annotations);

    expect(await admit(annotations)).toMatchObject({ injected: ['aws'], reads: 0 });
  });

  it('that gives all that is asked for is used', async () => {
    cluster.serve('ServiceAccount shop/web', { annotations: role });
    await admit();

    expect(await admit()).toMatchObject({ injected: ['aws'], reads: 0 });
  });

  it('that refuses what was not allowed is read afresh', async () => {
    const env = { CWII_ALLOWED_ROLE_ARNS: 'arn:aws:iam::123456789012:role/web' };
    cluster.serve('ServiceAccount shop/web', { annotations: { 'cwii.dev/aws-role-arn': `${roleArn}-2` } });
    await admit({}, env);
    cluster.serve('ServiceAccount shop/web', { annotations: role });

    expect(await admit({}, env)).toMatchObject({ kind: 'admitted', injected: ['aws'] });
  });

  it('that skips all containers is read afresh', async () => {
    cluster.serve('Namespace shop', { annotations: { 'cwii.dev/skip-containers': 'app' } });
    await admit(role);
    cluster.serve('Namespace shop');

    expect(await admit(role)).toMatchObject({ injected: ['aws'] });
  });
});

describe('the audiences that the cluster tells of itself', () => {
  it('are refused through the cache as well', async () => {
    cluster.apiAudiences = ['https://issuer.example.com'];

    const verdict = await admit({ ...role, 'cwii.dev/aws-audience': 'https://issuer.example.com' });

    expect(verdict).toMatchObject({ kind: 'denied', findings: [{ code: 'audience-of-api-server' }] });
  });
});
