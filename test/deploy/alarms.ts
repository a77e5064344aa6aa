// The alarms of a stack publish to its topic, which accepts nothing else.

import { beforeAll, describe, expect, it } from 'vitest';
import type { Deployment } from './deployment.ts';
import { type Emulator, rootOf, textsOf } from './emulated-aws/emulator.ts';
import { credentialsOf } from './role-credentials.ts';

interface Policy {
  readonly Statement: readonly { readonly Sid?: string; readonly Effect: string }[];
}

const trust = (Service: string, Action: string, more = {}) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service }, Action, ...more }] });

export function describeAlarms(of: () => Deployment): void {
  describe('the alarms', () => {
    let aws: Emulator;
    let QueueUrl: unknown;
    let TopicArn: string;
    let alarm: string;
    const sqs = (action: string, body: object) => aws.json('sqs', `AmazonSQS.${action}`, body);

    beforeAll(async () => {
      aws = of().aws;
      const Policy = trust('sns.amazonaws.com', 'sqs:SendMessage', { Resource: '*' });
      ({ QueueUrl } = await sqs('CreateQueue', { QueueName: 'alarms', Attributes: { Policy } }));
      TopicArn = textsOf(await aws.query('sns', 'ListTopics'), 'TopicArn')[0] ?? '';
      const Endpoint = `arn:aws:sqs:${aws.region}:${aws.account}:alarms`;
      await aws.query('sns', 'Subscribe', { TopicArn, Protocol: 'sqs', Endpoint });
      alarm = textsOf(await aws.query('cloudwatch', 'DescribeAlarms'), 'AlarmName')[0] ?? '';
    });

    /** Sets the state of an alarm. @returns the states of which the queue was notified. */
    async function notified(states: readonly string[], caller = aws, AlarmName = alarm): Promise<string[]> {
      await sqs('PurgeQueue', { QueueUrl });
      for (const StateValue of states)
        await caller.query('cloudwatch', 'SetAlarmState', { AlarmName, StateValue, StateReason: 'test' });
      const { Messages } = await sqs('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 });
      return [...JSON.stringify(Messages ?? []).matchAll(/NewStateValue[\\":\s]+(\w+)/g)].map(
        ([, state = '']) => state,
      );
    }

    async function withPolicy<T>(keeps: (statement: Policy['Statement'][number]) => boolean, probe: () => Promise<T>) {
      const attributes = await aws.query('sns', 'GetTopicAttributes', { TopicArn });
      const text = (/<key>Policy<\/key><value>([^<]*)</.exec(attributes)?.[1] ?? '').replaceAll('&quot;', '"');
      const policy: Policy = JSON.parse(text);
      const put = (AttributeValue: string) =>
        aws.query('sns', 'SetTopicAttributes', { TopicArn, AttributeName: 'Policy', AttributeValue });
      await put(JSON.stringify({ ...policy, Statement: policy.Statement.filter(keeps) }));
      try {
        return await probe();
      } finally {
        await put(text);
      }
    }

    it('notify of their start and of their end', async () => {
      expect(await notified(['OK', 'ALARM', 'OK'])).toEqual(expect.arrayContaining(['ALARM', 'OK']));
    });

    it('need the permission of the topic', async () => {
      const states = await withPolicy(
        ({ Sid }) => Sid !== 'AlarmsOfThisAccount',
        () => notified(['ALARM', 'OK']),
      );

      expect(states).toEqual([]);
    });

    it('of another account cannot publish', async () => {
      const other = '999999999999';
      const caller = aws.as(rootOf(other));
      const metric = { MetricName: 'any', Namespace: 'any', Statistic: 'Sum', Period: '60', EvaluationPeriods: '1' };
      const breach = { Threshold: '1', ComparisonOperator: 'GreaterThanThreshold' };
      const actions = { 'AlarmActions.member.1': TopicArn, 'OKActions.member.1': TopicArn };
      await caller.query('cloudwatch', 'PutMetricAlarm', { AlarmName: 'other', ...metric, ...breach, ...actions });

      expect(await notified(['ALARM', 'OK'], caller, 'other')).toEqual([]);
      // The emulator would not deliver the message in any case, so the queue alone shows nothing.
      const refusal = `CloudWatch may not publish for arn:aws:cloudwatch:${aws.region}:${other}:alarm:other`;
      await of().cluster.waitFor('the refusal', () => of().aws.log().includes(refusal));
    });

    it('have a topic that refuses publishers without TLS', async () => {
      const RoleName = 'publishes';
      await aws.query('iam', 'CreateRole', {
        RoleName,
        AssumeRolePolicyDocument: trust('lambda.amazonaws.com', 'sts:AssumeRole'),
      });
      const allow = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sns:Publish', Resource: '*' }] };
      const PolicyDocument = JSON.stringify(allow);
      await aws.query('iam', 'PutRolePolicy', { RoleName, PolicyName: 'publish', PolicyDocument });
      const credentials = await credentialsOf(of(), `arn:aws:iam::${aws.account}:role/${RoleName}`);
      const publish = (headers = {}) =>
        aws.as({ credentials, headers }).query('sns', 'Publish', { TopicArn, Message: 'test' });
      const plain = { 'x-forwarded-proto': 'http' };

      await expect(publish(plain)).rejects.toThrow('not authorized to perform');
      await expect(publish()).resolves.toBeDefined();
      await expect(
        withPolicy(
          ({ Effect }) => Effect !== 'Deny',
          () => publish(plain),
        ),
      ).resolves.toBeDefined();
    });
  });
}
