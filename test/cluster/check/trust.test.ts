// `cwii check serviceaccount` with tokens of a real API server: the healthy case, and one fault at a time.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createSigningKey } from '../../../testing/certificates.ts';
import { CLOSED_PORT } from '../../../testing/ports.ts';
import type { Jwks } from '../../sdk/token-issuer.ts';
import { type Annotations, serviceAccount } from '../manifests.ts';
import { type Code, faults, healthy, hour, impersonation, type Results, trustOf, xmlError } from './trust-faults.ts';
import { annotations, resultsOf, role, startTrustingClouds, type TrustingClouds } from './trusting-clouds.ts';

let clouds: TrustingClouds;
beforeAll(async () => {
  clouds = await startTrustingClouds();
});
afterAll(() => clouds?.stop());

/** One fault gives one failure with its cause and remedy, in text and in JSON. Nothing else fails. */
async function expectFault(
  {
    code,
    cause,
    remedy,
    ...others
  }: { code: Code; cause: string; remedy: string } & {
    results?: Results;
  },
  args: readonly string[] = [],
) {
  const report = await clouds.report('shop/checkout', ...args);
  const text = await clouds.check('shop/checkout', ...args);

  expect(resultsOf(report)).toEqual({ ...healthy, ...others.results, [code]: 'failed' });
  expect(report.success).toBe(false);
  const failures = report.categories.flatMap(({ checks }) => checks).filter(({ result }) => result === 'failed');
  expect(failures).toEqual([expect.objectContaining({ code })]);
  expect(failures[0]?.cause).toContain(cause);
  expect(failures[0]?.remedy).toContain(remedy);
  // The clouds' answers have the time.
  const masked = (line: string) => line.replaceAll(/\d/g, '0');
  const lines = `[${code}]\n    ${failures[0]?.cause}\n    → ${failures[0]?.remedy}\n`;
  expect(masked(text.stdout)).toContain(masked(lines));
  expect(text).toMatchObject({ status: 1, stderr: '' });
}

describe('a ServiceAccount that the clouds trust', () => {
  it('passes every check, and names what it can become', async () => {
    const report = await clouds.report('shop/checkout');
    const { status, stdout, stderr } = await clouds.check('shop/checkout');

    expect(resultsOf(report)).toEqual(healthy);
    expect(stdout).toContain('(arn:aws:sts::123456789012:assumed-role/shop-checkout/cwii-check)');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('is found without an argument, with others that request a cloud', async () => {
    await clouds.cluster.apply(JSON.stringify(serviceAccount('shop', 'idle')));
    const report = await clouds.report();

    const subjects = report.categories.flatMap(({ checks }) => checks.map((line) => line.subject));
    expect(new Set(subjects)).toEqual(new Set([undefined, 'ServiceAccount shop/checkout']));
    expect(resultsOf(report)).toEqual(healthy);
  });

  it('is not checked at the clouds with --no-network', async () => {
    const { stdout, status } = await clouds.check('shop/checkout', '--no-network');

    expect(stdout).toContain('? AWS STS lets it assume the role: not checked: --no-network\n');
    expect(stdout).not.toContain('✗');
    expect(status).toBe(0);
  });

  it('is exchanged at the STS of the region that its pods use', async () => {
    await clouds.annotate({ 'cwii.dev/aws-role-arn': role, 'cwii.dev/aws-region': 'eu-central-1' });
    const hosts: string[] = [];
    await clouds.with(
      () => ({
        instead: ({ host }) => {
          hosts.push(host);
          return undefined;
        },
      }),
      () => clouds.check('shop/checkout'),
    );
    await clouds.annotate(annotations);

    expect(hosts).toEqual(['sts.eu-central-1.amazonaws.com']);
  });
});

describe('a fault at one cloud', () => {
  it.each(Object.entries(faults))('%s', async (_, { change, ...expected }) => {
    await clouds.with(change, () => expectFault(expected));
  });

  it('two at once are both told', async () => {
    const report = await clouds.with(
      (trust) => ({ aws: { ...trust.aws, roles: {} }, azure: { ...trust.azure, applications: {} } }),
      () => clouds.report('shop/checkout'),
    );

    expect(resultsOf(report)).toEqual({ ...healthy, 'trust-aws': 'failed', 'trust-azure': 'failed' });
  });

  it('tells how much the clocks differ', async () => {
    await clouds.with(
      () => ({
        instead: ({ host }) =>
          host.startsWith('sts.amazonaws')
            ? {
                ...xmlError('ExpiredTokenException', 'Token expired'),
                headers: { date: new Date(Date.now() + 2 * hour).toUTCString() },
              }
            : undefined,
      }),
      () =>
        expectFault({
          code: 'trust-aws',
          cause: "s behind the cloud's",
          remedy: 'NTP',
        }),
    );
  });
});

describe('an endpoint', () => {
  it('that refuses connections is named', async () => {
    await expectFault(
      {
        code: 'trust-aws',
        cause: 'sts.amazonaws.com cannot be reached from here: connection refused',
        remedy: 'open the way to sts.amazonaws.com:443',
      },
      ['--cloud-endpoint', `sts.amazonaws.com=127.0.0.1:${CLOSED_PORT}`],
    );
  });

  it('that never answers is named, and the others are checked', async () => {
    await clouds.with(
      () => ({ instead: ({ host }) => (host.startsWith('login') ? new Promise(() => undefined) : undefined) }),
      () =>
        expectFault({
          code: 'trust-azure',
          cause: 'login.microsoftonline.com cannot be reached from here: no answer within 4 s',
          remedy: 'open the way to login.microsoftonline.com:443',
        }),
    );
  });
});

describe('stale keys', () => {
  it('are told by the key that signed the token', async () => {
    const other = await createSigningKey();
    const stale: Jwks = {
      keys: [{ ...other.publicKey.export({ format: 'jwk' }), kid: 'old', alg: 'RS256', use: 'sig' }],
    };
    const path = '/my-cluster/openid/v1/jwks';
    const before = clouds.issuer.documents.get(path);
    clouds.issuer.documents.set(path, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(stale) });
    const report = await clouds
      .with(
        (trust) => ({
          aws: { ...trust.aws, jwks: stale },
          gcp: { ...trust.gcp, jwks: stale },
          azure: { ...trust.azure, jwks: stale },
        }),
        () => clouds.report('shop/checkout'),
      )
      .finally(() => before && clouds.issuer.documents.set(path, before));

    expect(resultsOf(report)).toEqual({
      ...healthy,
      ...impersonation,
      'trust-aws': 'failed',
      'trust-azure': 'failed',
      'trust-gcp': 'failed',
    });
    for (const { result, cause, remedy } of report.categories.flatMap(({ checks }) => checks)) {
      if (result !== 'failed') continue;
      expect(cause).toMatch(
        /the key \S+ that signed the token is not in https:\/\/oidc\.example\.com\S+, which has old/,
      );
      expect(remedy).toContain('publish the keys of the API server');
    }
  });
});

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
    await expectFault({
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
    await expectFault({ code: 'trust-request', cause, remedy, results: nothingElse });
  });

  it('is another audience than the client ID of the provider', async () => {
    await clouds.annotate({ 'cwii.dev/aws-role-arn': role, 'cwii.dev/aws-audience': 'vault' });
    await expectFault({
      code: 'trust-aws',
      cause: 'does not list the audience vault as client ID',
      remedy: trustOf('aws'),
      results: onlyAws,
    });
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
