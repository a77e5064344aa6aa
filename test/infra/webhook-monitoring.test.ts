// Tests for the alarms and the dashboard of a webhook, which use the metrics that the function publishes.

import { Duration } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../functions/embedded-metrics.ts';
import { alarmTopic } from '../../infra/alarms.ts';
import { ClusterWebhook, WebhookMonitoring, type WebhookMonitoringProps } from '../../infra/index.ts';
import { type Json, Synthesized, webhookProps } from './synth.ts';

function monitored(changes: Partial<WebhookMonitoringProps> = {}): Synthesized {
  return new Synthesized((stack) => {
    const webhook = new ClusterWebhook(stack, 'Webhook', webhookProps({ webhookTimeout: Duration.seconds(10) }));
    new WebhookMonitoring(stack, 'Monitoring', { webhook, ...changes });
  });
}

const plain = monitored();

function alarmOn(synthesized: Synthesized, metric: string): Json {
  return synthesized.all('CloudWatch::Alarm').find(({ MetricName }) => MetricName === metric);
}

describe('the alarms of a webhook', () => {
  it('cover metrics of the function and of Lambda', () => {
    const names = plain.all('CloudWatch::Alarm').map(({ Namespace, MetricName }) => `${Namespace} ${MetricName}`);
    expect(names.sort()).toEqual([
      'AWS/Lambda Throttles',
      'AWS/Lambda Url5xxCount',
      'AWS/Lambda UrlRequestLatency',
      'cwii Denials',
      'cwii Errors',
      'cwii ReadFailures',
      'cwii Refused',
      // The percentage of cold starts, which is an expression.
      'undefined undefined',
    ]);
  });

  it('use the namespace and dimensions that the function publishes', () => {
    const lines: string[] = [];
    createMetrics('webhook', 'prod', (line) => lines.push(line))({ Errors: 1 });
    const { _aws, service, cluster } = JSON.parse(lines[0] ?? '');
    const [{ Namespace, Dimensions }] = _aws.CloudWatchMetrics;
    const alarm = alarmOn(plain, 'Errors');
    expect(alarm.Namespace).toBe(Namespace);
    expect(alarm.Dimensions.map(({ Name }: Json) => Name).sort()).toEqual(Dimensions[0].sort());
    expect(alarm.Dimensions).toContainEqual({ Name: 'service', Value: service });
    expect(alarm.Dimensions).toContainEqual({ Name: 'cluster', Value: cluster });
  });

  it('compare the latency at the URL with the webhook’s timeout', () => {
    expect(alarmOn(plain, 'UrlRequestLatency')).toMatchObject({ Statistic: 'Maximum', Threshold: 6000 });
  });

  it('need two breaching periods of three, and ignore missing data', () => {
    for (const alarm of plain.all('CloudWatch::Alarm')) {
      expect(alarm).toMatchObject({ DatapointsToAlarm: 2, EvaluationPeriods: 3, TreatMissingData: 'notBreaching' });
    }
  });

  it('name the cluster in their description', () => {
    for (const { AlarmDescription } of plain.all('CloudWatch::Alarm'))
      expect(AlarmDescription).toContain('cluster prod');
  });

  it('have configured thresholds, and notify on start and end', () => {
    const topicArn = 'arn:aws:sns:eu-central-1:123456789012:ops';
    const synthesized = new Synthesized((stack) => {
      const webhook = new ClusterWebhook(stack, 'Webhook', webhookProps());
      const alarmActions = [new SnsAction(Topic.fromTopicArn(stack, 'Topic', topicArn))];
      new WebhookMonitoring(stack, 'Monitoring', { webhook, alarmActions, thresholds: { denials: 100 } });
    });
    expect(alarmOn(synthesized, 'Denials')).toMatchObject({
      Threshold: 100,
      AlarmActions: [topicArn],
      OKActions: [topicArn],
    });
  });
});

describe('the topic of alarms', () => {
  it('accepts alarms of the account, and only over TLS', () => {
    const [partition, region, account] = ['Partition', 'Region', 'AccountId'].map((name) => ({ Ref: `AWS::${name}` }));
    const arn = ['arn:', partition, ':cloudwatch:', region, ':', account, ':alarm:*'];
    const alarmsOfTheAccount = { 'Fn::Join': ['', arn] };
    const synthesized = new Synthesized((stack) => void alarmTopic(stack, 'Alarms', { email: 'ops@example.com' }));
    expect(synthesized.one('SNS::Subscription')).toMatchObject({ Protocol: 'email', Endpoint: 'ops@example.com' });
    const [tls, alarms] = synthesized.statements('SNS::TopicPolicy');
    expect(tls).toMatchObject({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
    expect(alarms).toMatchObject({
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: 'sns:Publish',
      Condition: {
        ArnLike: { 'aws:SourceArn': alarmsOfTheAccount },
        StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
      },
    });
  });
});

describe('the dashboard of a webhook', () => {
  it('shows every metric that the function publishes', () => {
    const body = JSON.stringify(plain.one('CloudWatch::Dashboard').DashboardBody);
    for (const name of [
      'Admissions',
      'Injections',
      'Denials',
      'Errors',
      'ReadFailures',
      'Refused',
      'ColdStarts',
      'Duration',
      'ClusterReads',
    ])
      expect(body).toContain(name);
    expect(body).toContain("the webhook's timeout");
  });
});
