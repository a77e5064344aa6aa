// Knows which texts name a way into the cluster, and that a text which names none is not repeated.

import { describe, expect, it } from 'vitest';
import { parseCredential } from '../../../../lib/cluster/credentials/setting.ts';
import { parseConfig } from '../../../../lib/settings/webhook-config.ts';
import { digestOf } from '../../../fakes/secrets.ts';

const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:cwii-test-a1b2c3';

describe('the setting of the credential', () => {
  it.each([
    ['none', { kind: 'none' }],
    ['file:token', { kind: 'file', path: 'token' }],
    ['file: /etc/a b', { kind: 'file', path: '/etc/a b' }],
    ['web-identity:cwii:prod', { kind: 'web-identity', audience: 'cwii:prod' }],
    ['web-identity:https://prod.example.com/x?y', { kind: 'web-identity', audience: 'https://prod.example.com/x?y' }],
    [`secret:${arn}`, { kind: 'secret', arn, region: 'eu-central-1' }],
    [
      'secret:arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:cwii/prod_token-a1b2c3',
      {
        kind: 'secret',
        arn: 'arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:cwii/prod_token-a1b2c3',
        region: 'us-gov-west-1',
      },
    ],
    ['eks:prod', { kind: 'eks', cluster: 'prod' }],
    ['eks:prod.k8s.example.com', { kind: 'eks', cluster: 'prod.k8s.example.com' }],
  ])('can be %s', (text, setting) => {
    expect(parseCredential(text)).toEqual(setting);
  });

  it.each([
    ['', 'is no credential'],
    ['file', 'is no credential'],
    ['None', 'is no credential'],
    ['token:x', 'is no credential'],
    ['file:', 'names no file'],
    ['web-identity:', 'has no audience'],
    ['web-identity:a b', 'has no audience'],
    ['web-identity:a,b', 'has no audience'],
    ['web-identity:ü', 'has no audience'],
    [`web-identity:${'a'.repeat(1001)}`, 'has no audience'],
    ['eks:', 'has no cluster ID'],
    ['eks:-a', 'has no cluster ID'],
    ['eks:a b', 'has no cluster ID'],
    ['eks:a\nx-other: b', 'has no cluster ID'],
    [`eks:${'a'.repeat(254)}`, 'has no cluster ID'],
    ['secret:', 'has no ARN of a secret'],
    ['secret:cwii-token', 'has no ARN of a secret'],
    ['secret:arn:aws:secretsmanager:eu-central-1:123456789012:secret:', 'has no ARN of a secret'],
    ['secret:arn:aws:secretsmanager:eu-central-1:12345678901:secret:x', 'has no ARN of a secret'],
    ['secret:arn:aws:secretsmanager::123456789012:secret:x', 'has no ARN of a secret'],
    ['secret:arn:aws:ssm:eu-central-1:123456789012:parameter/x', 'has no ARN of a secret'],
    [`secret:${arn} y`, 'has no ARN of a secret'],
  ])('cannot be %j', (text, problem) => {
    expect(() => parseCredential(text)).toThrow(problem);
  });

  it('does not repeat a token that somebody put there', () => {
    expect(() => parseCredential('eyJhbGciOiJSUzI1NiJ9.e30.x')).toThrow(/^(?!.*eyJ)is no credential/);
  });

  it('becomes a source together with the algorithm and the region', () => {
    const env = {
      CWII_CALLER_TOKEN_SHA256: digestOf('right').toString('hex'),
      CWII_KUBE_API_URL: 'https://api.example.com',
      AWS_REGION: 'eu-central-1',
    };
    const sourceOf = (setting: object) => parseConfig({ ...env, ...setting }).cluster?.credential;

    expect(sourceOf({ CWII_KUBE_CREDENTIAL: 'web-identity:cwii:prod' })).toMatchObject({
      algorithm: 'ES384',
      region: 'eu-central-1',
    });
    expect(
      sourceOf({ CWII_KUBE_CREDENTIAL: 'web-identity:cwii:prod', CWII_WEB_IDENTITY_ALGORITHM: 'RS256' }),
    ).toMatchObject({ algorithm: 'RS256' });
    expect(sourceOf({ CWII_KUBE_CREDENTIAL: 'eks:prod' })).toMatchObject({ region: 'eu-central-1' });
  });
});
