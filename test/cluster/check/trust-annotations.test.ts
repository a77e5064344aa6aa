// `cwii check serviceaccount` for faults in the cluster: annotations, permissions, cwii.yaml.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Annotations, serviceAccount } from '../manifests.ts';
import { azure } from '../three-clouds.ts';
import { expectFault } from './expect-fault.ts';
import { healthy, impersonation, trustOf } from './trust-faults.ts';
import { annotations, resultsOf, role, startTrustingClouds, type TrustingClouds } from './trusting-clouds.ts';

let clouds: TrustingClouds;
beforeAll(async () => {
  clouds = await startTrustingClouds();
});
afterAll(() => clouds?.stop());

describe('a fault in the cluster', () => {
  afterEach(() => clouds.annotate(annotations));

  const nothingElse = {
    'trust-token': 'skipped',
    'trust-aws': 'skipped',
    'trust-azure': 'skipped',
    'trust-gcp': 'skipped',
    'trust-gcp-impersonation': 'skipped',
  } as const;
  const onlyAws = { 'trust-azure': 'skipped', 'trust-gcp': 'skipped', ...impersonation } as const;

  it('is a role on the wrong ServiceAccount', async () => {
    await clouds.annotate({});
    await clouds.cluster.apply(JSON.stringify(serviceAccount('shop', 'other', { 'cwii.dev/aws-role-arn': role })));
    await expectFault(clouds, {
      code: 'trust-request',
      cause: 'Namespace shop requests a cloud; ServiceAccount shop/other requests AWS',
      remedy: 'set serviceAccountName: other in the pods',
      results: nothingElse,
    }).finally(() => clouds.cluster.kubectl(['delete', 'serviceaccount', 'other', '-n', 'shop']));
  });

  const own: readonly (readonly [string, Annotations, string, string])[] = [
    [
      'a misspelt annotation',
      { 'cwii.dev/aws-role-amr': role },
      'cwii.dev/aws-role-amr',
      'correct cwii.dev/aws-role-amr',
    ],
    [
      'a malformed role',
      { 'cwii.dev/aws-role-arn': 'shop-checkout' },
      'no identity of AWS',
      'correct cwii.dev/aws-role-arn',
    ],
    [
      'an annotation of EKS that is not read',
      { 'eks.amazonaws.com/role-arn': role },
      'eks.amazonaws.com/role-arn is not read, because settings.nativeAnnotations is false',
      'set settings.nativeAnnotations: true',
    ],
  ];
  it.each(own)('is %s', async (_, chosen, cause, remedy) => {
    await clouds.annotate(chosen);
    await expectFault(clouds, { code: 'trust-request', cause, remedy, results: nothingElse });
  });

  it('is another audience than the client ID of the provider', async () => {
    await clouds.annotate({ 'cwii.dev/aws-role-arn': role, 'cwii.dev/aws-audience': 'vault' });
    await expectFault(clouds, {
      code: 'trust-aws',
      cause: 'does not list the audience vault as client ID',
      remedy: trustOf('aws'),
      results: onlyAws,
    });
  });

  it('is an issuer that is not the one of cwii.yaml', async () => {
    const file = await clouds.clusterFile({ issuer: 'https://oidc.example.com/my-Cluster' });
    await clouds.annotate({ 'cwii.dev/aws-role-arn': role });
    await expectFault(
      clouds,
      {
        code: 'trust-token',
        cause: 'They differ only in upper and lower case, from character 29: "c" and "C".',
        remedy: 'make `issuer` in cwii.yaml',
        results: { 'trust-aws': 'skipped', ...onlyAws },
      },
      ['--file', file],
    );
  });

  it('is not the default tenant and audience, which cwii.yaml sets', async () => {
    const azureDefaults = { defaultTenantId: azure.tenant, defaultAudience: 'api://other' };
    const file = await clouds.clusterFile({ providers: { azure: azureDefaults } });
    await clouds.annotate({ 'cwii.dev/az-client-id': azure.client });
    await expectFault(
      clouds,
      {
        code: 'trust-azure',
        cause: 'has the audience "api://other"',
        remedy: trustOf('azure'),
        results: { 'trust-aws': 'skipped', 'trust-gcp': 'skipped', ...impersonation },
      },
      ['--file', file],
    );
  });

  it('is a ServiceAccount that does not exist', async () => {
    const report = await clouds.report('shop/chekout');

    const [line] = report.categories[1]?.checks ?? [];
    expect(line).toMatchObject({ code: 'trust-request', result: 'failed' });
    expect(line?.cause).toContain('has no ServiceAccount shop/chekout; the namespace has ServiceAccount checkout');
  });

  it('is a client ID that a pod has to set, which is not a failure', async () => {
    await clouds.annotate({ 'cwii.dev/az-inject': 'true' });
    const { stdout, status } = await clouds.check('shop/checkout');

    expect(stdout).toContain('not checked: a pod or its workload has to complete the identity of Azure');
    expect(status).toBe(0);
  });

  it('is a user without the permission to request tokens, which is not a failure', async () => {
    const rules = [{ apiGroups: [''], resources: ['namespaces', 'serviceaccounts'], verbs: ['get', 'list'] }];
    const binding = (kind: string, fields: object) =>
      JSON.stringify({ apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: { name: 'viewer' }, ...fields });
    await clouds.cluster.apply(binding('ClusterRole', { rules }));
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'viewer' };
    const subjects = [{ kind: 'ServiceAccount', namespace: 'shop', name: 'default' }];
    await clouds.cluster.apply(binding('ClusterRoleBinding', { roleRef, subjects }));
    const token = await clouds.cluster.serviceAccountToken('shop', 'default');
    const report = await clouds.asUser(token, () => clouds.report('shop/checkout'));

    expect(resultsOf(report)).toEqual({ ...healthy, ...nothingElse });
    expect(JSON.stringify(report)).toContain('cannot create resource');
  });
});
