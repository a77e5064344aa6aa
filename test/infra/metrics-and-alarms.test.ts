// Tests for the metric helpers and the alarms as properties of constructs.

import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { AccountPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { ClusterWebhook, HostedIssuer, TokenSecret, WebhookMonitoring } from '../../infra/index.ts';
import type { MetricsOf } from '../../lib/common/metrics.ts';
import { webhookProps } from './synth.ts';

const stack = new Stack(new App(), 'metrics');
const { cluster } = webhookProps();
const issuer = 'https://d111111abcdef8.cloudfront.net/prod';
const webhook = new ClusterWebhook(stack, 'Webhook', webhookProps());
const hosted = new HostedIssuer(stack, 'Issuer', { cluster, issuer, alarmNamePrefix: 'prod' });
const token = new TokenSecret(stack, 'Token', { cluster });

// A metric that a function publishes and that has no helper does not compile.
const helpers: {
  webhook: Record<MetricsOf['webhook'], Metric>;
  issuer: Record<MetricsOf['issuer'], Metric>;
  'token-rotation': Record<MetricsOf['token-rotation'], Metric>;
} = {
  webhook: {
    Admissions: webhook.metricAdmissions(),
    Injections: webhook.metricInjections(),
    Denials: webhook.metricDenied(),
    ReadFailures: webhook.metricReadFailures(),
    Errors: webhook.metricErrors(),
    Refused: webhook.metricRefused(),
    ColdStarts: webhook.metricColdStarts(),
    Duration: webhook.metricDuration(),
    ClusterReads: webhook.metricClusterReads(),
  },
  issuer: {
    Published: hosted.metricPublished(),
    Failures: hosted.metricFailures(),
    Warnings: hosted.metricWarnings(),
    Keys: hosted.metricKeys(),
  },
  'token-rotation': {
    Rotated: token.metricRotated(),
    Failures: token.metricFailures(),
    TokenAgeRatio: token.metricTokenAgeRatio(),
  },
};

const statistics: Readonly<Record<string, string>> = {
  Duration: 'p99',
  Warnings: 'Maximum',
  Keys: 'Maximum',
  TokenAgeRatio: 'Maximum',
};
const rows = Object.entries(helpers).flatMap(([service, metrics]) =>
  Object.entries(metrics).map(([name, metric]) => [service, name, metric] as const),
);

describe('a metric helper', () => {
  it.each(rows)('of %s is for the metric %s that the function publishes', (service, name, metric) => {
    expect(metric).toMatchObject({
      namespace: 'cwii',
      metricName: name,
      dimensions: { service, cluster: 'prod' },
      statistic: statistics[name] ?? 'Sum',
      period: Duration.minutes(5),
    });
  });

  it('accepts other options', () => {
    const metric = webhook.metricDenied({ statistic: 'Average', period: Duration.hours(1), label: 'denied' });
    expect(metric).toMatchObject({ statistic: 'Average', period: Duration.hours(1), label: 'denied' });
  });
});

describe('an alarm', () => {
  const monitoring = new WebhookMonitoring(stack, 'Monitoring', { webhook, alarmNamePrefix: 'prod' });
  const topic = new Topic(stack, 'Topic');
  monitoring.refusedAlarm.addAlarmAction(new SnsAction(topic));

  it('is a property, to which an action can be added', () => {
    const template = Template.fromStack(stack);
    const alarm = {
      AlarmName: 'prod-Refused',
      AlarmActions: [stack.resolve(topic.topicArn)],
      OKActions: Match.absent(),
    };
    template.hasResourceProperties('AWS::CloudWatch::Alarm', alarm);
    template.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { AlarmActions: Match.anyValue() }, 1);
  });

  it('is a property under each name, and in the list of all', () => {
    const named = {
      Errors: monitoring.errorsAlarm,
      ServerErrors: monitoring.serverErrorsAlarm,
      Denials: monitoring.denialsAlarm,
      Throttles: monitoring.throttlesAlarm,
      ReadFailures: monitoring.readFailuresAlarm,
      Refused: monitoring.refusedAlarm,
      Duration: monitoring.durationAlarm,
      ColdStarts: monitoring.coldStartsAlarm,
    };
    expect(Object.values(named).map(({ node }) => node.id)).toEqual(Object.keys(named));
    expect(monitoring.alarms).toEqual(Object.values(named));
    expect(
      [hosted.notPublishedAlarm, hosted.warningsAlarm, token.tokenAgeAlarm].map((alarm) => alarm?.node.id),
    ).toEqual(['NotPublished', 'Warnings', 'TokenAge']);
  });

  it('has a generated name without a prefix', () => {
    const template = Template.fromStack(stack);
    template.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { AlarmName: Match.absent() }, 1);
  });
});

describe('grantDropKeys', () => {
  it('permits to invoke the issuer function, and nothing else', () => {
    const other = new Stack(new App(), 'drop');
    const target = new HostedIssuer(other, 'Issuer', { cluster, issuer });
    const operator = new Role(other, 'Operator', { assumedBy: new AccountPrincipal('123456789012') });

    expect(target.grantDropKeys(operator).success).toBe(true);

    const arn = other.resolve(target.publisher?.function.functionArn);
    Template.fromStack(other).hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: Match.stringLikeRegexp('^Operator') }],
      PolicyDocument: {
        Statement: [
          {
            Action: 'lambda:InvokeFunction',
            Effect: 'Allow',
            Resource: [{ 'Fn::Join': ['', [arn, ':$LATEST']] }, arn],
          },
        ],
      },
    });
  });

  it('grants nothing in the first of two deployments', () => {
    const other = new Stack(new App(), 'first');
    const first = new HostedIssuer(other, 'Issuer', {
      cluster,
      issuer: 'https://first-deployment.cloudfront.net/prod',
    });
    const operator = new Role(other, 'Operator', { assumedBy: new AccountPrincipal('123456789012') });

    expect(first.grantDropKeys(operator).success).toBe(false);
    expect(first.notPublishedAlarm).toBeUndefined();
    Template.fromStack(other).resourceCountIs('AWS::IAM::Policy', 0);
  });
});

describe('the distribution of an issuer', () => {
  const configOf = (template: Template) =>
    Object.values(template.findResources('AWS::CloudFront::Distribution'))[0]?.['Properties'].DistributionConfig;

  it('has neither a web ACL nor access logs by default', () => {
    expect(configOf(Template.fromStack(stack))).not.toHaveProperty('WebACLId');
    expect(configOf(Template.fromStack(stack))).not.toHaveProperty('Logging');
  });

  it('has the web ACL and writes access logs', () => {
    const other = new Stack(new App(), 'guarded');
    const bucket = Bucket.fromBucketName(other, 'Logs', 'logs');
    const webAclId = 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/issuer/11111111-2222-3333-4444-555555555555';
    new HostedIssuer(other, 'Issuer', { cluster, issuer, webAclId, accessLogs: { bucket, prefix: 'issuer/' } });

    const config = configOf(Template.fromStack(other));
    expect(config.WebACLId).toBe(webAclId);
    expect(config.Logging.Prefix).toBe('issuer/');
    expect(JSON.stringify(config.Logging.Bucket)).toContain('logs.s3.');
  });
});
