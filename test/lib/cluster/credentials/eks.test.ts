// Tests of the token for aws-iam-authenticator: the authenticator's checks, its signature and its lifetime.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eksCredential } from '../../../../lib/cluster/credentials/eks.ts';
import { isSignedBy } from '../../../fakes/aws/signature.ts';
import { asOnLambda, lambdaCredentials, region } from './aws.ts';

asOnLambda();
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-01T12:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

const create = (change: { cluster?: string; region?: string } = {}) =>
  eksCredential({ cluster: 'prod', region, ...change }, () => undefined);

/**
 * The checks of aws-iam-authenticator (pkg/token/token.go) before it calls STS.
 *
 * @returns the query with names in lower case.
 */
function verify(token: string, host: string): ReadonlyMap<string, string> {
  expect(token.length).toBeLessThanOrEqual(4096);
  expect(token).toMatch(/^k8s-aws-v1\.[A-Za-z0-9_-]+$/);
  const url = new URL(Buffer.from(token.replace('k8s-aws-v1.', ''), 'base64url').toString());
  expect(url.protocol).toBe('https:');
  expect(url.host).toBe(host);
  expect(url.pathname).toBe('/');
  const query = [...url.searchParams].map(([name, value]) => [name.toLowerCase(), value] as const);
  const names = query.map(([name]) => name);
  expect(new Set(names).size).toBe(names.length);
  const allowed = new Set([
    'action',
    'version',
    'x-amz-algorithm',
    'x-amz-credential',
    'x-amz-date',
    'x-amz-expires',
    'x-amz-security-token',
    'x-amz-signature',
    'x-amz-signedheaders',
    'x-amz-user-agent',
  ]);
  expect(names.filter((name) => !allowed.has(name))).toEqual([]);
  const values = new Map(query);
  expect(values.get('action')).toBe('GetCallerIdentity');
  expect(values.get('x-amz-signedheaders')?.split(';')).toContain('x-k8s-aws-id');
  expect(Number(values.get('x-amz-expires'))).toBeLessThanOrEqual(900);
  expect(values.get('x-amz-date')).toMatch(/^\d{8}T\d{6}Z$/);
  return values;
}

function isSigned(token: string, cluster: string): boolean {
  const url = new URL(Buffer.from(token.replace('k8s-aws-v1.', ''), 'base64url').toString());
  // The authenticator sends its own cluster ID, whatever the token was made for.
  const headers = { host: url.host, 'x-k8s-aws-id': cluster };
  return isSignedBy(lambdaCredentials, { region, service: 'sts' }, { method: 'GET', url, headers, body: '' });
}

describe('the token for aws-iam-authenticator', () => {
  it('passes the checks of the authenticator', async () => {
    const values = verify(await create().token(), 'sts.eu-central-1.amazonaws.com');

    expect(values.get('x-amz-credential')).toBe('ASIAEXAMPLE/20261101/eu-central-1/sts/aws4_request');
    expect(values.get('x-amz-date')).toBe('20261101T120000Z');
    expect(values.get('x-amz-security-token')).toBe(lambdaCredentials.sessionToken);
  });

  it('is signed for one cluster, so that another cluster cannot use it', async () => {
    const token = await create().token();

    expect([isSigned(token, 'prod'), isSigned(token, 'staging')]).toEqual([true, false]);
  });

  it('works for a cluster ID that is a domain name', async () => {
    expect(isSigned(await create({ cluster: 'prod.k8s.example.com' }).token(), 'prod.k8s.example.com')).toBe(true);
  });

  it.each([
    ['us-east-1', 'sts.us-east-1.amazonaws.com'],
    ['us-gov-west-1', 'sts.us-gov-west-1.amazonaws.com'],
    ['cn-north-1', 'sts.cn-north-1.amazonaws.com.cn'],
    ['eusc-de-east-1', 'sts.eusc-de-east-1.amazonaws.eu'],
    ['us-iso-east-1', 'sts.us-iso-east-1.c2s.ic.gov'],
    ['us-isob-east-1', 'sts.us-isob-east-1.sc2s.sgov.gov'],
  ])('uses the endpoint of the region %s', async (other, host) => {
    verify(await create({ region: other }).token(), host);
  });

  it('is replaced after ten of its fifteen minutes', async () => {
    const credential = create();
    const first = await credential.token();
    vi.setSystemTime(Date.now() + 599_000);
    const same = await credential.token();
    vi.setSystemTime(Date.now() + 1_000);
    const next = await credential.token();

    expect(same).toBe(first);
    expect(verify(next, 'sts.eu-central-1.amazonaws.com').get('x-amz-date')).toBe('20261101T121000Z');
  });

  it('is replaced after it was rejected', async () => {
    const credential = create();
    const rejected = await credential.token();
    vi.setSystemTime(Date.now() + 1_000);
    credential.rejected(rejected);

    expect(await credential.token()).not.toBe(rejected);
  });

  it('has no audience that a pod could request', async () => {
    const credential = create();
    await credential.token();

    expect(credential.audiences).toEqual([]);
  });

  it('cannot be made without AWS credentials', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', '');
    const failed = create().token();
    vi.stubEnv('AWS_ACCESS_KEY_ID', lambdaCredentials.accessKeyId);

    await expect(failed).rejects.toMatchObject({
      code: 'credential-unreadable',
      message: expect.stringContaining('there are no AWS credentials to sign the cluster token with'),
    });
  });
});
