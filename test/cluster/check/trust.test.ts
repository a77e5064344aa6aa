// `cwii check serviceaccount` with tokens of a real API server: the healthy case, and one fault at a time.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSigningKey } from '../../../testing/certificates.ts';
import { CLOSED_PORT } from '../../../testing/ports.ts';
import type { Jwks } from '../../sdk/token-issuer.ts';
import { serviceAccount } from '../manifests.ts';
import { expectFault } from './expect-fault.ts';
import { faults, healthy, hour, impersonation, xmlError } from './trust-faults.ts';
import { annotations, resultsOf, role, startTrustingClouds, type TrustingClouds } from './trusting-clouds.ts';

let clouds: TrustingClouds;
beforeAll(async () => {
  clouds = await startTrustingClouds();
});
afterAll(() => clouds?.stop());

describe('a ServiceAccount that the clouds trust', () => {
  it('passes every check, and names what it can become', async () => {
    const report = await clouds.report('shop/checkout');
    const { status, stdout, stderr } = await clouds.check('shop/checkout');

    expect(resultsOf(report)).toEqual(healthy);
    expect(stdout).toContain('(arn:aws:sts::123456789012:assumed-role/shop-checkout/cwii-check)');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('leaves no token and no credentials in an output or a file', async () => {
    for (const format of ['text', 'json', 'junit']) {
      // `check` also looks for each token that a cloud saw, and for each credential that it gave.
      const { stdout } = await clouds.check('shop/checkout', '-o', format);
      expect(stdout).toContain('trust');
      expect(stdout).not.toMatch(/eyJ[\w-]{8}/);
    }
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

    expect(stdout).toContain('? AWS STS lets it assume the role [trust-aws]: not checked: --no-network\n');
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
    await clouds.with(change, () => expectFault(clouds, expected));
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
        expectFault(clouds, {
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
      clouds,
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
        expectFault(
          clouds,
          {
            code: 'trust-azure',
            cause: 'login.microsoftonline.com cannot be reached from here: no answer within 16 s',
            remedy: 'open the way to login.microsoftonline.com:443',
          },
          ['--timeout', '20s'],
        ),
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
