// Properties of the deployed functions that limit time, cost and the age of a token.

import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import type { Deployment } from './deployment.ts';
import { textsOf } from './emulated-aws/emulator.ts';
import { configurationOf, nameOf } from './functions.ts';

export function describeWebhookSettings(of: () => Deployment): void {
  describe('the webhook', () => {
    const webhookName = async () => nameOf((await of().outputs())['WebhookFunctionArn']);

    it('is stopped a second before the API server stops waiting for a pod', async () => {
      const timeout = '-o jsonpath={.webhooks[*].timeoutSeconds}';
      const seconds = await of().run(`kubectl get mutatingwebhookconfiguration cwii ${timeout}`);
      const { Timeout } = await configurationOf(of(), await webhookName());

      expect(Math.max(...seconds.trim().split(' ').map(Number))).toBe(Timeout + 1);
    });

    it('reserves 50 concurrent executions, as the guide says', async () => {
      const path = `/2019-09-30/functions/${await webhookName()}/concurrency`;

      expect(JSON.parse(await of().aws.rest('lambda', 'GET', path))).toEqual({ ReservedConcurrentExecutions: 50 });
    });
  });
}

/** @param seconds the lifetime of the token in cwii.yaml. */
export function describeTokenRotation(of: () => Deployment, seconds: number): void {
  const token = async (): Promise<string> => {
    const { TokenSecretArn: SecretId } = await of().outputs();
    const { SecretString } = await of().aws.json('secretsmanager', 'secretsmanager.GetSecretValue', { SecretId });
    return String(SecretString);
  };

  describe("the rotation of the functions' token", () => {
    it('stores a new token, with which the functions then read the cluster', async () => {
      const before = await token();
      const { TokenRotationFunctionArn } = await of().outputs();
      await of().run(`aws lambda invoke --function-name ${TokenRotationFunctionArn} out.json`);

      const { exp = 0, iat = 0 } = decodeJwt(await token());
      expect(await token()).not.toBe(before);
      expect(exp - iat).toBe(seconds);
      await of().aws.endInstances();
    });

    it('takes place eight times in the lifetime of a token', async () => {
      const { TokenRotationFunctionArn: arn } = await of().outputs();
      const events = (action: string, body: object) => of().aws.json('events', `AWSEvents.${action}`, body);
      const { RuleNames } = await events('ListRuleNamesByTarget', { TargetArn: arn });
      const { ScheduleExpression } = await events('DescribeRule', { Name: (RuleNames as string[])[0] });

      expect(secondsOf(String(ScheduleExpression)) * 8).toBe(seconds);
    });
  });
}

function secondsOf(rate: string): number {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour)s?\)$/.exec(rate) ?? [];
  return Number(count) * (unit === 'hour' ? 3600 : 60);
}

/** How long CloudFront may keep a document, in seconds. */
export async function cacheSeconds({ aws }: Deployment, domain = ''): Promise<number> {
  const distributions = (await aws.rest('cloudfront', 'GET', '/2020-05-31/distribution')).split(
    '<DistributionSummary>',
  );
  const summary = distributions.find((one) => one.includes(`<DomainName>${domain}</DomainName>`)) ?? '';
  const policy = await aws.rest(
    'cloudfront',
    'GET',
    `/2020-05-31/cache-policy/${textsOf(summary, 'CachePolicyId')[0]}`,
  );
  return Number(textsOf(policy, 'MaxTTL')[0]);
}
