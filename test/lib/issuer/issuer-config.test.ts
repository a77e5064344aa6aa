// Tests of parseIssuerConfig: the settings of the issuer function, and the error for each invalid one.

import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../lib/common/errors.ts';
import { parseIssuerConfig } from '../../../lib/issuer/issuer-config.ts';
import { issuer } from '../../fakes/issuer-keys.ts';

const required = {
  CWII_CLUSTER_NAME: 'prod',
  CWII_KUBE_API_URL: 'https://api.example.com:6443',
  CWII_ISSUER_URL: issuer,
  CWII_ISSUER_BUCKET: 'cwii-issuer-prod',
};

function problems(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    parseIssuerConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
  }
  throw new Error('the environment was accepted');
}

describe('the environment of the issuer function', () => {
  it('has defaults: removed keys are served for two days, and no token is sent', () => {
    expect(parseIssuerConfig({ PATH: '/bin', ...required })).toEqual({
      clusterName: 'prod',
      cluster: { url: new URL('https://api.example.com:6443'), ca: undefined, credential: undefined },
      issuer,
      bucket: 'cwii-issuer-prod',
      graceMs: 172_800_000,
    });
  });

  it.each([
    [{ CWII_KUBE_CREDENTIAL: 'file:/token' }, { kind: 'file', path: '/token' }],
    [
      { CWII_KUBE_CREDENTIAL: 'web-identity:cwii:prod', AWS_REGION: 'eu-central-1' },
      { kind: 'web-identity', audience: 'cwii:prod', algorithm: 'ES384', region: 'eu-central-1' },
    ],
    [
      { CWII_KUBE_CREDENTIAL: 'web-identity:a', CWII_WEB_IDENTITY_ALGORITHM: 'RS256', AWS_REGION: 'us-east-1' },
      { kind: 'web-identity', audience: 'a', algorithm: 'RS256', region: 'us-east-1' },
    ],
    [
      { CWII_KUBE_CREDENTIAL: 'eks:prod', AWS_REGION: 'us-east-1' },
      { kind: 'eks', cluster: 'prod', region: 'us-east-1' },
    ],
  ])('has the same credentials as the webhook: %j', (env, credential) => {
    expect(parseIssuerConfig({ ...required, ...env }).cluster.credential).toEqual(credential);
  });

  it('may set another grace period', () => {
    expect(parseIssuerConfig({ ...required, CWII_ISSUER_KEY_GRACE_SECONDS: '3600' }).graceMs).toBe(3_600_000);
  });

  it('is rejected with every missing setting', () => {
    expect(problems({ CWII_CLUSTER_NAME: ' ' })).toEqual([
      "CWII_CLUSTER_NAME is not set; set it to the cluster's name, as in cwii.yaml",
      "CWII_KUBE_API_URL is not set; set it to the API server's URL",
      'CWII_ISSUER_URL is not set; set it to the issuer that the clouds trust',
      "CWII_ISSUER_BUCKET is not set; set it to the name of the bucket that is served at the issuer's host",
    ]);
  });

  it.each([
    ['CWII_CLUSTER_NAME', '../prod', 'write at most 63 lower-case letters, digits and hyphens'],
    ['CWII_KUBE_API_URL', 'http://api.example.com', 'write https://HOST'],
    ['CWII_KUBE_CA', 'ca.crt', 'contains no PEM certificate'],
    ['CWII_KUBE_CREDENTIAL', 'token', 'is invalid'],
    ['CWII_WEB_IDENTITY_ALGORITHM', 'ES256', 'write ES384 or RS256'],
    ['CWII_ISSUER_URL', `${issuer}/`, 'ends with a slash'],
    ['CWII_ISSUER_BUCKET', 's3://bucket', 'without s3://'],
    ['CWII_ISSUER_KEY_GRACE_SECONDS', '-1', 'write a whole number from 0 to 31536000'],
    ['CWII_ISSUER_KEY_GRACE_SECONDS', '2d', 'write a whole number'],
    ['CWII_ISSUER_GRACE', '60', 'unknown setting CWII_ISSUER_GRACE; did you mean CWII_ISSUER_URL? See docs/issuer.md'],
  ])('is rejected with %s=%s', (name, value, why) => {
    expect(problems({ ...required, [name]: value })).toEqual([expect.stringContaining(name)]);
    expect(problems({ ...required, [name]: value })[0]).toContain(why);
  });

  it('is rejected with a web identity and without a region', () => {
    expect(problems({ ...required, CWII_KUBE_CREDENTIAL: 'web-identity:a' })).toEqual([
      expect.stringContaining('AWS_REGION is not set'),
    ]);
  });
});
