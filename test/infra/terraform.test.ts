// Tests that the Terraform modules match the CDK constructs, and that their README lists inputs and outputs.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  ClusterCredential,
  ClusterIdentityProvider,
  ClusterWebhook,
  HostedIssuer,
  WebhookMonitoring,
  WorkloadRole,
} from '../../infra/index.ts';
import { blocks, statements } from './hcl.ts';
import { type Json, Synthesized, webhookProps } from './synth.ts';

const read = (file: string) => readFileSync(`terraform/${file}`, 'utf8');
const { cluster } = webhookProps();
const issuer = 'https://d111111abcdef8.cloudfront.net/prod';

const webhook = new Synthesized((stack) => void new ClusterWebhook(stack, 'Webhook', webhookProps()));
const hosted = new Synthesized((stack) => void new HostedIssuer(stack, 'Issuer', { cluster, issuer }));
const secretArn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:cwii-prod-AbCdEf';

/** Without the resource, which is a reference; with the values of the cluster `prod`. */
function comparable({ Resource, ...statement }: Json): Json {
  const text = JSON.stringify(statement).replaceAll('"local.audience"', '"cwii:prod"');
  const parsed = JSON.parse(text, (_name, value) => (typeof value === 'number' ? String(value) : value));
  const actions = [parsed.Action].flat().sort();
  const { 'AWS:SourceArn': source, ...others } = parsed.Condition?.StringEquals ?? {};
  return {
    ...parsed,
    Action: actions,
    ...(source && { Condition: { StringEquals: { ...others, 'AWS:SourceArn': 'the distribution' } } }),
    resources: [Resource].flat()[0] === '*' ? '*' : 'references',
  };
}

const ofConstruct = (all: readonly Json[]) => all.map(comparable);
const ofModule = (file: string) => statements(read(file)).map(comparable);

/** The attributes `name = value` of a block, as text. */
function attributes(body = ''): Record<string, string> {
  const found = body.matchAll(/^ +(\w+) += ([^{\n]+)$/gm);
  return Object.fromEntries([...found].map(([, name = '', value = '']) => [name, value]));
}

/** The names of environment variables that a file sets. */
const variablesIn = (file: string) => [...new Set(read(file).match(/\bCWII_\w+/g))].sort();

describe('the module of the webhook', () => {
  it('has the policy of the construct for each credential', () => {
    const withSecret = new Synthesized((stack) => {
      const secret = { secretFullArn: secretArn, secretArn } as never;
      const credential = ClusterCredential.secret(secret);
      new ClusterWebhook(stack, 'Webhook', webhookProps({ cluster: { ...cluster, credential } }));
    });
    const [logs, token] = ofConstruct(webhook.statements());
    const reading = ofConstruct(withSecret.statements()).find(({ Sid }) => Sid === 'ReadTheToken');
    expect(ofModule('credential.tf')).toEqual([token, reading, logs]);
  });

  it('has the trust policy of the construct', () => {
    expect(ofModule('role.tf')).toEqual(ofConstruct(webhook.one('IAM::Role').AssumeRolePolicyDocument.Statement));
  });

  it('has the function of the construct', () => {
    const lambda = webhook.one('Lambda::Function');
    const inputs = blocks(read('variables.tf'), 'variable');
    const byDefault = (name: string) => Number(attributes(inputs.get(name)).default);
    expect(attributes(blocks(read('main.tf'), 'resource').get('aws_lambda_function.webhook'))).toMatchObject({
      runtime: `"${lambda.Runtime}"`,
      architectures: `["${lambda.Architectures[0]}"]`,
      handler: `"${lambda.Handler}"`,
    });
    expect({
      memory: byDefault('memory_mib'),
      timeout: byDefault('webhook_timeout_seconds') - 1,
      concurrency: byDefault('reserved_concurrency'),
      retention: byDefault('log_retention_days'),
    }).toEqual({
      memory: lambda.MemorySize,
      timeout: lambda.Timeout,
      concurrency: lambda.ReservedConcurrentExecutions,
      retention: webhook.one('Logs::LogGroup').RetentionInDays,
    });
    const known = new Set([...Object.keys(lambda.Environment.Variables), 'CWII_KUBE_CA']);
    expect(variablesIn('main.tf')).toEqual([...known].sort());
    const { LogFormat, ApplicationLogLevel, SystemLogLevel } = lambda.LoggingConfig;
    expect(read('main.tf')).toMatch(
      new RegExp(
        `"${LogFormat}"\\s+application_log_level = "${ApplicationLogLevel}"\\s+system_log_level += "${SystemLogLevel}"`,
      ),
    );
  });

  it('has the URL of the construct, with both permissions on the alias', () => {
    const resources = blocks(read('main.tf'), 'resource');
    const alias = 'aws_lambda_alias.live.name';
    expect(resources.get('aws_lambda_alias.live')).toContain(`"${webhook.one('Lambda::Alias').Name}"`);
    const [byUrl, invoke] = webhook.all('Lambda::Permission');
    expect(attributes(resources.get('aws_lambda_permission.url'))).toMatchObject({
      action: `"${byUrl.Action}"`,
      principal: `"${byUrl.Principal}"`,
      function_url_auth_type: `"${byUrl.FunctionUrlAuthType}"`,
      qualifier: alias,
    });
    expect(attributes(resources.get('aws_lambda_permission.by_url'))).toMatchObject({
      action: `"${invoke.Action}"`,
      principal: `"${invoke.Principal}"`,
      invoked_via_function_url: String(invoke.InvokedViaFunctionUrl),
      qualifier: alias,
    });
    expect(read('main.tf')).toContain(`authorization_type = "${webhook.one('Lambda::Url').AuthType}"`);
  });
});

describe('the alarms of the module', () => {
  const monitored = new Synthesized((stack) => {
    const monitoredWebhook = new ClusterWebhook(stack, 'Webhook', webhookProps());
    new WebhookMonitoring(stack, 'Monitoring', { webhook: monitoredWebhook });
  });
  const ofConstructs = new Map(monitored.all('CloudWatch::Alarm').map((alarm) => [alarm.MetricName, alarm]));
  const rows = read('alarms.tf').matchAll(/^ +(\w+) += \{ namespace = "([^"]+)", .*threshold = (\d+) \}$/gm);
  const ofModules = [...rows].map(([, name = '', namespace = '', threshold]) => [name, namespace, threshold] as const);

  it('exist', () => {
    expect(ofModules.map(([name]) => name)).toEqual(expect.arrayContaining(['Errors', 'ReadFailures', 'Throttles']));
  });

  it.each(ofModules)('have the threshold of the construct: %s', (name, namespace, threshold) => {
    expect(ofConstructs.get(name)).toMatchObject({ Namespace: namespace, Threshold: Number(threshold) });
  });

  it('start and end as those of the construct', () => {
    const [alarm] = blocks(read('alarms.tf'), 'resource').values();
    expect(ofConstructs.get('Errors')).toMatchObject({
      Statistic: attributes(alarm)['statistic']?.replaceAll('"', ''),
      Period: Number(attributes(alarm)['period']),
      EvaluationPeriods: Number(attributes(alarm)['evaluation_periods']),
      DatapointsToAlarm: Number(attributes(alarm)['datapoints_to_alarm']),
      ComparisonOperator: attributes(alarm)['comparison_operator']?.replaceAll('"', ''),
      TreatMissingData: attributes(alarm)['treat_missing_data']?.replaceAll('"', ''),
    });
  });
});

describe('the module of the issuer', () => {
  const folder = 'modules/issuer';

  it('has the policies of the construct', () => {
    const [trust, ...policies] = ofModule(`${folder}/publisher.tf`);
    expect([trust]).toEqual(ofConstruct(hosted.one('IAM::Role').AssumeRolePolicyDocument.Statement));
    expect(policies).toEqual(ofConstruct(hosted.statements()));
    expect(ofModule(`${folder}/bucket.tf`)).toEqual(ofConstruct(hosted.statements('S3::BucketPolicy')));
  });

  it('has the function of the construct', () => {
    const lambda = hosted.one('Lambda::Function');
    expect(read(`${folder}/publisher.tf`).replaceAll(/ +/g, ' ')).toContain(
      `memory_size = ${lambda.MemorySize}\n timeout = ${lambda.Timeout}\n`,
    );
    const known = new Set([...Object.keys(lambda.Environment.Variables), 'CWII_KUBE_CA']);
    expect(variablesIn(`${folder}/publisher.tf`)).toEqual([...known].sort());
  });

  it('has the cache and the protocols of the construct', () => {
    const { DefaultCacheBehavior, HttpVersion } = hosted.one('CloudFront::Distribution').DistributionConfig;
    const { MinTTL, DefaultTTL, MaxTTL } = hosted.one('CloudFront::CachePolicy').CachePolicyConfig;
    const text = read(`${folder}/distribution.tf`).replaceAll(/ +/g, ' ');
    expect(text).toContain(`min_ttl = ${MinTTL}\n default_ttl = ${DefaultTTL}\n max_ttl = ${MaxTTL}\n`);
    expect(text).toContain(`viewer_protocol_policy = "${DefaultCacheBehavior.ViewerProtocolPolicy}"`);
    expect(text).toContain(`http_version = "${HttpVersion}"`);
  });
});

describe('the module of a workload role', () => {
  it('has the trust policy of the construct', () => {
    const cdk = new Synthesized((stack) => {
      const identityProvider = ClusterIdentityProvider.fromIssuer(stack, issuer);
      const pods = { namespace: 'shop', serviceAccount: 'checkout' };
      new WorkloadRole(stack, 'Role', { identityProvider, pods });
    });
    const [{ Condition, Principal, ...statement }] = cdk.one('IAM::Role').AssumeRolePolicyDocument.Statement;
    const place = '${local.host_and_path}';
    expect(Object.keys(Condition)).toEqual(['StringEquals']);
    expect(Object.keys(Principal)).toEqual(['Federated']);
    expect(statements(read('modules/workload-role/main.tf'))).toEqual([
      {
        ...statement,
        Principal: { Federated: 'var.provider_arn' },
        Condition: { StringEquals: { [`${place}:aud`]: 'var.audience', [`${place}:sub`]: 'local.subjects' } },
      },
    ]);
    expect(read('modules/workload-role/main.tf')).toContain(
      '"system:serviceaccount:${pod.namespace}:${pod.service_account}"',
    );
  });
});

it.each([
  ['credential.tf', 'aws_iam_outbound_web_identity_federation.this'],
  ['modules/issuer/bucket.tf', 'aws_s3_bucket.issuer'],
  ['modules/issuer/distribution.tf', 'aws_cloudfront_distribution.issuer'],
])('%s keeps what other clusters or pods depend on: %s', (file, resource) => {
  expect(blocks(read(file), 'resource').get(resource)).toContain('prevent_destroy = true');
});

describe('the README of the modules', () => {
  const readme = read('README.md');

  it.each(['', 'modules/issuer/', 'modules/workload-role/'])('lists inputs and outputs of the module %s', (folder) => {
    const inputs = blocks(read(`${folder}variables.tf`), 'variable');
    const outputs = blocks(read(`${folder}outputs.tf`), 'output');
    const described = (body: string) => /^ {2}description += "(.*)"$/m.exec(body)?.[1];
    for (const [name, body] of inputs) {
      const required = /^ {2}default /m.test(body) ? 'no' : 'yes';
      expect(readme).toContain(`| \`${name}\` | ${required} | ${described(body)} |`);
    }
    for (const [name, body] of outputs) expect(readme).toContain(`| \`${name}\` | ${described(body)} |`);
    expect(inputs.size + outputs.size).toBeGreaterThan(0);
  });
});
