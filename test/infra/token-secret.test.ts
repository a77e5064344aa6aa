// Tests for the token secret: its permissions, the schedule of its rotation, and its alarm.

import { Duration } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { ClusterWebhook, TokenSecret, type TokenSecretProps } from '../../infra/index.ts';
import { Synthesized, synthError, webhookProps } from './synth.ts';

const { credential: _, ...cluster } = webhookProps().cluster;

function tokenSecret(changes: Partial<TokenSecretProps> = {}): Synthesized {
  return new Synthesized((stack) => void new TokenSecret(stack, 'Token', { cluster, ...changes }));
}

const plain = tokenSecret();

describe('a token secret', () => {
  it('is created empty, so that no template contains a token', () => {
    expect(Object.keys(plain.one('SecretsManager::Secret'))).toEqual(['Description']);
  });

  it('is the only secret that its function can read and replace', () => {
    const [logs, secret, ...others] = plain.statements();
    expect(logs.Action).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
    expect(secret).toMatchObject({
      Action: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
      Resource: { Ref: expect.stringMatching(/^TokenSecret/) },
    });
    expect(others).toEqual([]);
  });

  it('is renewed eight times in its lifetime', () => {
    expect(plain.one('Events::Rule').ScheduleExpression).toBe('rate(3 hours)');
    expect(plain.one('Lambda::Function').Environment.Variables).toMatchObject({
      CWII_TOKEN_EXPIRATION_SECONDS: '86400',
      CWII_TOKEN_SERVICE_ACCOUNT: 'cwii-system/cwii-reader',
      CWII_TOKEN_SECRET_ARN: { Ref: expect.stringMatching(/^TokenSecret/) },
    });
  });

  it('is renewed at least every six hours, regardless of its lifetime', () => {
    const { ScheduleExpression } = tokenSecret({ tokenLifetime: Duration.days(7) }).one('Events::Rule');
    expect(ScheduleExpression).toBe('rate(6 hours)');
  });

  it('is renewed every 15 minutes with the shortest lifetime, so that a day has fewer than 100 versions', () => {
    const { ScheduleExpression } = tokenSecret({ tokenLifetime: Duration.hours(2) }).one('Events::Rule');
    expect(ScheduleExpression).toBe('rate(15 minutes)');
  });

  it('raises an alarm after half of its lifetime, or if its age is missing', () => {
    expect(plain.one('CloudWatch::Alarm')).toMatchObject({
      MetricName: 'TokenAgeRatio',
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 0.5,
      TreatMissingData: 'breaching',
    });
  });

  it('grants a webhook permission to read it, and no other', () => {
    const synthesized = new Synthesized((stack) => {
      const { credential } = new TokenSecret(stack, 'Token', { cluster });
      new ClusterWebhook(stack, 'Webhook', webhookProps({ cluster: { ...cluster, credential } }));
    });
    const policies = synthesized.all('IAM::Policy').filter(({ PolicyName }) => PolicyName.startsWith('Webhook'));
    const actions = policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement).map(({ Action }) => Action);
    expect(actions).toEqual([['logs:CreateLogStream', 'logs:PutLogEvents'], 'secretsmanager:GetSecretValue']);
  });

  it.each([
    // More than the about 100 versions a day that Secrets Manager keeps.
    { tokenLifetime: Duration.minutes(119) },
    { tokenLifetime: Duration.days(8) },
    { serviceAccount: 'cwii-system/*' },
    { serviceAccount: 'a/b/c' },
    { cluster: { name: 'prod' } },
  ] as const)('is rejected if its function would not start: %j', (changes) => {
    expect(synthError((scope) => void new TokenSecret(scope, 'Token', { cluster, ...changes })).code).toBe(
      'token-rotation-config-invalid',
    );
  });
});
