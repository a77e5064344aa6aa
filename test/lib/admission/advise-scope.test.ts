// Tests the advice on ServiceAccounts and Namespaces: what is wrong with their own annotations.

import { beforeEach, describe, expect, it } from 'vitest';
import { adviceFrom } from '../../fakes/advice.ts';
import { FakeCluster } from '../../fakes/cluster.ts';
import type { Review } from '../../fakes/events.ts';
import { applied, role, scopeObject, updated } from '../../fakes/workloads.ts';

let cluster: FakeCluster;
beforeEach(() => {
  cluster = new FakeCluster().serve('ServiceAccount shop/default').serve('Namespace shop');
});

const other = { 'cwii.dev/aws-role-arn': 'arn:aws:iam::123456789012:role/other' };

const adviceOn = (review: Review, env: Record<string, string> = {}) => adviceFrom(cluster, review, env);

describe.each([
  { resource: '/serviceaccounts', name: 'web', object: 'ServiceAccount shop/web', scope: 'serviceaccount' },
  { resource: '/namespaces', name: 'shop', object: 'Namespace shop', scope: 'namespace' },
])('Advice on $object', ({ resource, name, object, scope }) => {
  const codesOf = async (annotations: Record<string, string>, env: Record<string, string> = {}) => {
    const { findings, summary, reads } = await adviceOn(applied(resource, scopeObject(name, annotations)), env);
    expect({ summary, reads, asked: cluster.reads }).toEqual({ summary: undefined, reads: 0, asked: [] });
    expect(findings.filter((finding) => finding.object !== object || finding.scope !== scope)).toEqual([]);
    return findings.map(({ code }) => code);
  };

  it.each<[Record<string, string>, string]>([
    [{ 'cwii.dev/aws-regoin': 'us-east-1' }, 'annotation-unknown'],
    [{ 'cwii.dev/aws-verify': 'yes' }, 'boolean-unreadable'],
    [{ 'cwii.dev/aws-role-arn': 'web' }, 'aws-role-arn-invalid'],
    [{ ...role, 'cwii.dev/aws-region': 'nowhere' }, 'aws-region-invalid'],
    [{ ...role, 'cwii.dev/aws-token-expiration': '10' }, 'token-expiration-raised'],
    [{ ...role, 'cwii.dev/aws-audience': 'kubernetes' }, 'audience-of-api-server'],
    [{ ...role, 'cwii.dev/aws-verify': 'true', 'cwii.dev/aws-verify-image': 'A' }, 'verify-image-invalid'],
  ])('reports an error in the annotations %j: %s', async (annotations, code) => {
    expect(await codesOf(annotations)).toEqual([code]);
  });

  it.each<Record<string, string>>([
    {},
    role,
    { 'cwii.dev/aws-inject': 'true' },
    { 'cwii.dev/az-client-id': '11111111-2222-3333-4444-555555555555' },
    { 'cwii.dev/az-inject': 'true', 'cwii.dev/gcp-inject': 'true' },
    { 'cwii.dev/gcp-service-account': 'a@b.iam.gserviceaccount.com' },
    { ...role, 'cwii.dev/aws-verify-enforce': 'true' },
    { ...role, 'cwii.dev/skip-containers': 'istio-proxy', 'cwii.dev/include-containers': 'app' },
    { ...role, 'cwii.dev/aws-role-session-name': '$(pod.name)' },
    { ...role, 'cwii.dev/aws-verify': 'true' },
    { 'cwii.dev/aws-inject': 'false', 'cwii.dev/aws-role-arn': 'web' },
    { 'eks.amazonaws.com/role-arn': 'web' },
  ])('reports nothing if a more specific scope can complete or override the annotations: %j', async (annotations) => {
    expect(await codesOf(annotations)).toEqual([]);
  });

  it('reports a value that is not allowed in its namespace', async () => {
    const env = { CWII_ALLOWED_ROLE_ARNS: 'arn:aws:iam::123456789012:role/${namespace}' };

    expect(await codesOf(role, env)).toEqual(['not-allowed']);
    expect(await codesOf({ 'cwii.dev/aws-role-arn': 'arn:aws:iam::123456789012:role/shop' }, env)).toEqual([]);
  });

  it('reports an audience that is known from the cluster’s own tokens', async () => {
    cluster.apiAudiences = ['https://issuer.example.com'];

    expect(await codesOf({ ...role, 'cwii.dev/aws-audience': 'https://issuer.example.com' })).toEqual([
      'audience-of-api-server',
    ]);
  });

  it('uses the name of the request if the object has none', async () => {
    const review = applied(resource, { metadata: { annotations: { 'cwii.dev/aws-role-arn': 'web' } } }, (request) => {
      request.name = name;
    });

    expect((await adviceOn(review)).findings).toMatchObject([{ code: 'aws-role-arn-invalid', object }]);
  });

  it('includes annotations of other products if they are enabled and count on this object', async () => {
    const found = await codesOf({ 'eks.amazonaws.com/role-arn': 'web' }, { CWII_NATIVE_ANNOTATIONS: 'true' });

    expect(found).toEqual(scope === 'serviceaccount' ? ['aws-role-arn-invalid'] : []);
  });

  it('is not repeated for an update that leaves the annotations unchanged', async () => {
    const wrong = scopeObject(name, { 'cwii.dev/aws-role-arn': 'web' });
    const labelled = { ...wrong, metadata: { ...wrong.metadata, labels: { team: 'blue' } }, secrets: [{ name: 'x' }] };

    expect((await adviceOn(updated(resource, wrong, labelled))).findings).toEqual([]);
    expect((await adviceOn(updated(resource, scopeObject(name, {}), wrong))).findings).toHaveLength(1);
  });

  it.each<[string, Record<string, string>, Record<string, string>, string | undefined]>([
    ['adds a role', {}, role, 'cwii.dev/aws-role-arn'],
    ['removes a role', role, {}, 'cwii.dev/aws-role-arn'],
    [
      'changes a role and a region',
      role,
      { ...other, 'cwii.dev/aws-region': 'us-east-1' },
      'cwii.dev/aws-region and 1 more',
    ],
    ['adds a key that does not exist', role, { ...role, 'cwii.dev/aws-regoin': 'x' }, undefined],
    ['changes annotations of others', role, { ...role, team: 'blue' }, undefined],
    ['adds a key of another product that is off', {}, { 'eks.amazonaws.com/role-arn': 'x' }, undefined],
  ])('says that running pods keep what they have if it %s', async (_, before, after, keys) => {
    const { summary } = await adviceOn(updated(resource, scopeObject(name, before), scopeObject(name, after)));

    expect(summary).toBe(
      keys &&
        `cwii: ${object} changes ${keys} for new pods; running pods keep what they have: kubectl rollout restart their workloads`,
    );
  });

  it('fails if the object is invalid', async () => {
    const review = applied(resource, { metadata: { annotations: { a: 1 } } } as never);

    await expect(adviceOn(review)).rejects.toMatchObject({ code: 'review-invalid' });
  });
});
