// The judgements of the issuer's checks that a real cluster cannot show: other clocks, keys and times.

import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { compareClusters } from '../../../cli/check/cluster/identity.ts';
import { judgeVersion } from '../../../cli/check/cluster/version.ts';
import { differenceOf } from '../../../cli/check/difference.ts';
import { judgeClocks, offsetOf } from '../../../cli/check/issuer/clock.ts';
import { judgePublished, judgeTime } from '../../../cli/check/issuer/key-checks.ts';
import { readToken } from '../../../cli/check/issuer/signed-token.ts';
import { cloudsOf, compareIssuers, judgeKey } from '../../../cli/check/issuer/token-checks.ts';

const at = (seconds: number) => ({ least: seconds * 1000 - 500, most: seconds * 1000 + 500 });

describe('the clocks', () => {
  it.each([
    { what: 'all agree', server: at(0), host: at(1), result: 'passed' },
    { what: 'differ by less than can be seen', server: at(4), host: at(-1), result: 'passed' },
    { what: 'API server 30 s ahead', server: at(30), host: at(0), result: 'warning', cause: '29 s ahead of that of' },
    { what: 'API server 10 min ahead', server: at(600), host: at(0), result: 'failed', cause: 'as not yet valid' },
    {
      what: 'API server 10 min behind',
      server: at(-600),
      host: at(0),
      result: 'failed',
      cause: 'as expired too early',
    },
    {
      what: 'this machine 10 min behind',
      server: at(600),
      host: at(600),
      result: 'warning',
      cause: "this machine's clock is 10 min behind",
    },
    {
      what: 'no host, the others differ',
      server: at(60),
      host: undefined,
      result: 'warning',
      cause: "60 s ahead of this machine's",
    },
    { what: 'no host, the others agree', server: at(0), host: undefined, result: 'passed' },
    { what: 'no Date header', server: undefined, host: at(0), result: 'skipped', cause: 'no Date header' },
  ])('$what: $result', ({ server, host, result, cause }) => {
    expect(judgeClocks(server, host)).toMatchObject({
      result,
      ...(cause !== undefined && { cause: expect.stringContaining(cause) }),
    });
  });

  it('reads a header as exactly as whole seconds and a slow request allow', () => {
    const date = new Date(100_000).toUTCString();

    expect(offsetOf({ headers: { date }, sentAt: 99_000, receivedAt: 103_000 })).toEqual({ least: -3000, most: 2000 });
    expect(offsetOf({ headers: { date, age: '60' }, sentAt: 160_000, receivedAt: 160_000 })).toEqual({
      least: 0,
      most: 2000,
    });
    expect(offsetOf({ headers: { date: 'yesterday' }, sentAt: 0, receivedAt: 0 })).toBeUndefined();
  });
});

describe('the signing key', () => {
  const jwkOf = (modulusLength: number) => ({
    ...generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' }),
    kid: 'a-key',
    use: 'sig',
  });
  const all = ['AWS', 'Azure', 'GCP'] as const;
  const judge = (algorithm: string, jwk: unknown) => judgeKey({ algorithm, keyId: 'a-key', jwk }, all);

  it('passes with RSA', () => {
    expect(judge('RS256', jwkOf(2048))).toEqual({ result: 'passed', detail: 'RS256 for AWS, Azure, GCP' });
  });

  it.each([
    {
      what: 'of ML-DSA',
      algorithm: 'ML-DSA-65',
      jwk: { kid: 'a-key', use: 'sig', kty: 'AKP' },
      cause: 'has the type "AKP"; clouds accept RSA and EC',
    },
    { what: 'with 1024 bits', algorithm: 'RS256', jwk: jwkOf(1024), cause: 'has 1024 bits' },
    { what: 'that is not listed', algorithm: 'RS256', jwk: undefined, cause: "is not in the API server's own key set" },
    {
      what: 'with RS512',
      algorithm: 'RS512',
      jwk: jwkOf(2048),
      cause: 'Azure and GCP reject tokens of the signing key a-key, because they are RS512',
    },
  ])('fails $what', ({ algorithm, jwk, cause }) => {
    expect(judge(algorithm, jwk)).toMatchObject({ result: 'failed', cause: expect.stringContaining(cause) });
  });

  it('is judged for the enabled clouds only', () => {
    expect(cloudsOf({ providers: { aws: {}, azure: { enabled: false }, gcp: { enabled: true } } })).toEqual([
      'AWS',
      'GCP',
    ]);
    expect(judgeKey({ algorithm: 'RS256', keyId: 'a-key', jwk: jwkOf(2048) }, [])).toMatchObject({ result: 'skipped' });
  });

  it('is named if it keeps the issuer function from publishing', () => {
    const jwk = { kid: 'pq', use: 'sig', kty: 'AKP' };
    expect(judgePublished([{ kid: 'pq', jwk }], [], 'publish')).toMatchObject([
      { result: 'failed', cause: expect.stringContaining('the issuer function publishes nothing while it is there') },
    ]);
  });
});

describe('a token', () => {
  const now = { headers: {}, sentAt: 0, receivedAt: 0 };

  it('that is not a JSON Web Token has no fields', () => {
    expect(readToken('opaque', 'default/default', now)).toMatchObject({ issuer: '', algorithm: '', keyId: '' });
  });

  it('with an unknown algorithm is not verified', () => {
    const header = Buffer.from(JSON.stringify({ alg: 'ML-DSA-65', kid: 'k' })).toString('base64url');
    expect(readToken(`${header}.e30.AAAA`, 'default/default', now).isSignedBy({})).toBeUndefined();
  });
});

describe('the issuers', () => {
  const first = { issuer: 'https://first-deployment.cloudfront.net/prod', issuerHosting: { oldIssuers: [] } };

  it('differ by the placeholder of the first deployment', () => {
    expect(compareIssuers('https://x', first, true)).toMatchObject({
      result: 'failed',
      cause: expect.stringContaining('still has the placeholder'),
    });
    expect(compareIssuers('https://x', first, false)).toMatchObject({ result: 'skipped' });
  });

  it('differ if the API server was not changed', () => {
    const cluster = { issuer: 'https://new', issuerHosting: { oldIssuers: ['https://old'] } };
    expect(compareIssuers('https://old', cluster, true)).toMatchObject({
      result: 'failed',
      remedy: expect.stringContaining('2-control-plane/'),
    });
  });

  it.each([
    ['https://a/', 'https://a', 'They differ only in the slash at the end.'],
    ['https://a/Prod', 'https://a/prod', 'They differ only in upper and lower case, from character 11: "P" and "p".'],
    ['http://a', 'https://a', 'They differ only in http and https.'],
    ['https://a/b', 'https://a/bc', 'They differ from character 12: the end and "c".'],
  ])('%s and %s', (found, wanted, sentence) => {
    expect(differenceOf(found, wanted)).toBe(sentence);
  });
});

describe('two clusters', () => {
  const names = { context: 'c', name: 'n' };
  const one = { url: 'https://a:6443', ca: undefined, issuers: [] };

  it.each([
    { what: 'with one URL', seen: { ...one, url: 'https://a:6443/k8s' }, result: 'passed' },
    {
      what: 'with one issuer',
      seen: { ...one, url: 'https://b', issuers: ['https://oidc.example.com/p/'] },
      result: 'passed',
    },
    {
      what: "with kubeadm's issuer, which every cluster has",
      seen: { ...one, url: 'https://b', issuers: ['https://kubernetes.default.svc.cluster.local'] },
      result: 'failed',
    },
    { what: 'of which only the URL is known', seen: { ...one, url: 'https://b' }, result: 'skipped' },
  ])('$what: $result', ({ seen, result }) => {
    const file = { ...one, issuers: ['https://oidc.example.com/p', 'https://kubernetes.default.svc.cluster.local'] };
    expect(compareClusters(seen, file, names).result).toBe(result);
  });
});

describe('the version', () => {
  const webIdentity = { credential: { webIdentity: {} } };

  it.each([
    { minor: 29, cluster: undefined, result: 'warning' },
    { minor: 29, cluster: webIdentity, result: 'failed' },
    { minor: 99, cluster: webIdentity, result: 'warning' },
    { minor: 33, cluster: { ...webIdentity, kubernetesVersion: '1.34' }, result: 'failed' },
    { minor: 33, cluster: { ...webIdentity, kubernetesVersion: '1.32' }, result: 'passed' },
    { minor: Number.NaN, cluster: undefined, result: 'skipped' },
  ])('1.$minor: $result', ({ minor, cluster, result }) => {
    expect(judgeVersion(minor, cluster).result).toBe(result);
  });
});

describe('the time of an answer', () => {
  it.each([
    [300, 'passed'],
    [2000, 'warning'],
    [5000, 'failed'],
  ])('%i ms: %s', (milliseconds, result) => {
    expect(judgeTime(milliseconds).result).toBe(result);
  });
});
