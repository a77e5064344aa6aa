// Tests of CWII_KUBE_CREDENTIAL: its valid forms, and errors that do not show a token.

import { describe, expect, it } from 'vitest';
import { parseCredential } from '../../../lib/settings/cluster-credential.ts';
import { parseConfig } from '../../../lib/settings/webhook-config.ts';
import { digestOf } from '../../fakes/secrets.ts';

const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:cwii-test-a1b2c3';

describe('CWII_KUBE_CREDENTIAL', () => {
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
  ])('is parsed: %s', (text, setting) => {
    expect(parseCredential(text)).toEqual(setting);
  });

  it.each([
    ['', 'is invalid'],
    ['file', 'is invalid'],
    ['None', 'is invalid'],
    ['token:x', 'is invalid'],
    ['file:', 'has no path'],
    ['web-identity:', 'has an invalid audience'],
    ['web-identity:a b', 'has an invalid audience'],
    ['web-identity:a,b', 'has an invalid audience'],
    ['web-identity:ü', 'has an invalid audience'],
    [`web-identity:${'a'.repeat(1001)}`, 'has an invalid audience'],
    ['eks:', 'has an invalid cluster ID'],
    ['eks:-a', 'has an invalid cluster ID'],
    ['eks:a b', 'has an invalid cluster ID'],
    ['eks:a\nx-other: b', 'has an invalid cluster ID'],
    [`eks:${'a'.repeat(254)}`, 'has an invalid cluster ID'],
    ['secret:', 'has an invalid ARN of a secret'],
    ['secret:cwii-token', 'has an invalid ARN of a secret'],
    ['secret:arn:aws:secretsmanager:eu-central-1:123456789012:secret:', 'has an invalid ARN of a secret'],
    ['secret:arn:aws:secretsmanager:eu-central-1:12345678901:secret:x', 'has an invalid ARN of a secret'],
    ['secret:arn:aws:secretsmanager::123456789012:secret:x', 'has an invalid ARN of a secret'],
    ['secret:arn:aws:ssm:eu-central-1:123456789012:parameter/x', 'has an invalid ARN of a secret'],
    [`secret:${arn} y`, 'has an invalid ARN of a secret'],
  ])('is rejected: %j', (text, problem) => {
    expect(() => parseCredential(text)).toThrow(problem);
  });

  it('does not show a token that was written there by mistake', () => {
    expect(() => parseCredential('eyJhbGciOiJSUzI1NiJ9.e30.x')).toThrow(/^(?!.*eyJ)is invalid/);
  });

  it('gets the algorithm and the region of STS', () => {
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
