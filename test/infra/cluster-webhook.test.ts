// Tests for the resources and permissions of a webhook, and for configurations that synth rejects.

import { App, Duration, Lazy, SecretValue, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import { ClusterCredential, ClusterWebhook } from '../../infra/index.ts';
import { WEB_IDENTITY_SECONDS } from '../../lib/settings/cluster-credential.ts';
import { digest, type Json, Synthesized, synthError, webhookProps } from './synth.ts';

const secretArn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:cluster-token-AbCdEf';
const plain = new Synthesized((stack) => void new ClusterWebhook(stack, 'Webhook', webhookProps()));

describe('a webhook with default properties', () => {
  it('can be invoked by everyone through its URL, and in no other way', () => {
    const [first, second, ...others] = plain.all('Lambda::Permission');
    const alias = first.FunctionName;
    expect(first).toEqual({
      Action: 'lambda:InvokeFunctionUrl',
      FunctionName: alias,
      FunctionUrlAuthType: 'NONE',
      Principal: '*',
    });
    expect(second).toEqual({
      Action: 'lambda:InvokeFunction',
      FunctionName: alias,
      InvokedViaFunctionUrl: true,
      Principal: '*',
    });
    expect(others).toEqual([]);
    expect(plain.template.Resources[alias.Ref].Type).toBe('AWS::Lambda::Alias');
  });

  it('has its URL on the alias of a published version', () => {
    expect(plain.one('Lambda::Url')).toMatchObject({ AuthType: 'NONE', Qualifier: 'live' });
    const { FunctionVersion, Name } = plain.one('Lambda::Alias');
    expect(Name).toBe('live');
    expect(plain.template.Resources[FunctionVersion['Fn::GetAtt'][0]].Type).toBe('AWS::Lambda::Version');
  });

  it('keeps old versions for rollbacks, but not that of a deployment that failed', () => {
    const policies = plain.resources('Lambda::Version').map(({ DeletionPolicy }) => DeletionPolicy);
    expect(policies).toEqual(['RetainExceptOnCreate']);
  });

  it('runs on Node.js 24 on arm64, with a shorter timeout than the webhook and limited concurrency', () => {
    expect(plain.one('Lambda::Function')).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Timeout: 4,
      MemorySize: 512,
      ReservedConcurrentExecutions: 50,
    });
  });

  it('logs JSON to its own log group, the only one that it can write', () => {
    expect(plain.one('Logs::LogGroup').RetentionInDays).toBe(90);
    expect(plain.one('Lambda::Function').LoggingConfig).toMatchObject({ LogFormat: 'JSON' });
    expect(plain.one('IAM::Role').ManagedPolicyArns).toBeUndefined();
    const [logs] = plain.statements();
    expect(logs.Action).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
    expect(plain.template.Resources[logs.Resource['Fn::GetAtt'][0]].Type).toBe('AWS::Logs::LogGroup');
  });

  it('can request from STS only tokens with the audience, lifetime and algorithm that it uses', () => {
    expect(plain.statements()[1]).toEqual({
      Sid: 'TokenForThisClusterOnly',
      Effect: 'Allow',
      Action: 'sts:GetWebIdentityToken',
      // The only wildcard: STS has no resource for this action.
      Resource: '*',
      Condition: {
        'ForAllValues:StringEquals': { 'sts:IdentityTokenAudience': ['cwii:prod'] },
        Null: { 'sts:IdentityTokenAudience': 'false' },
        NumericLessThanEquals: { 'sts:DurationSeconds': String(WEB_IDENTITY_SECONDS) },
        StringEquals: { 'sts:SigningAlgorithm': 'ES384' },
      },
    });
    expect(plain.statements()).toHaveLength(2);
  });

  it('has its configuration in the environment, with the digest of the caller’s token', () => {
    expect(plain.one('Lambda::Function').Environment.Variables).toEqual({
      CWII_CLUSTER_NAME: 'prod',
      CWII_KUBE_API_URL: 'https://api.prod.example.com:6443',
      CWII_KUBE_CREDENTIAL: 'web-identity:cwii:prod',
      CWII_WEB_IDENTITY_ALGORITHM: 'ES384',
      CWII_CALLER_TOKEN_SHA256: digest,
    });
  });
});

describe('the credential', () => {
  const cluster = (credential: ClusterCredential) => ({ ...webhookProps().cluster, credential });

  it('secret adds the permission to read that secret', () => {
    const synthesized = new Synthesized((stack) => {
      const secret = Secret.fromSecretCompleteArn(stack, 'Token', secretArn);
      new ClusterWebhook(stack, 'Webhook', webhookProps({ cluster: cluster(ClusterCredential.secret(secret)) }));
    });
    expect(synthesized.statements().slice(1)).toEqual([
      { Sid: 'ReadTheToken', Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: secretArn },
    ]);
    const { CWII_KUBE_CREDENTIAL } = synthesized.one('Lambda::Function').Environment.Variables;
    expect(CWII_KUBE_CREDENTIAL).toBe(`secret:${secretArn}`);
  });

  it('secret is validated although the ARN of a secret in the same app is unknown', () => {
    const synthesized = new Synthesized((stack) => {
      const secret = new Secret(stack, 'Token', { secretStringValue: SecretValue.unsafePlainText('for the test') });
      new ClusterWebhook(stack, 'Webhook', webhookProps({ cluster: cluster(ClusterCredential.secret(secret)) }));
    });
    const { CWII_KUBE_CREDENTIAL } = synthesized.one('Lambda::Function').Environment.Variables;
    expect(CWII_KUBE_CREDENTIAL).toEqual({ 'Fn::Join': ['', ['secret:', { Ref: expect.stringMatching(/^Token/) }]] });
  });

  it('secret is rejected with a partial ARN', () => {
    const { code } = synthError((scope) => {
      const secret = Secret.fromSecretNameV2(scope, 'Token', 'cluster-token');
      new ClusterWebhook(scope, 'Webhook', webhookProps({ cluster: cluster(ClusterCredential.secret(secret)) }));
    });
    expect(code).toBe('secret-arn-partial');
  });

  it('eks needs no permission', () => {
    const synthesized = new Synthesized((stack) => {
      new ClusterWebhook(stack, 'Webhook', webhookProps({ cluster: cluster(ClusterCredential.eks('prod')) }));
    });
    expect(synthesized.statements()).toHaveLength(1);
    expect(synthesized.one('Lambda::Function').Environment.Variables.CWII_KUBE_CREDENTIAL).toBe('eks:prod');
  });

  it('none needs no permission', () => {
    const synthesized = new Synthesized((stack) => {
      const none = { name: 'prod', credential: ClusterCredential.none() };
      new ClusterWebhook(stack, 'Webhook', webhookProps({ cluster: none }));
    });
    expect(synthesized.statements()).toHaveLength(1);
  });
});

describe('a secret with a customer managed key', () => {
  it('can be decrypted only through Secrets Manager', () => {
    const synthesized = new Synthesized((stack) => {
      const encryptionKey = new Key(stack, 'Key');
      const secret = new Secret(stack, 'Token', { encryptionKey });
      const credential = ClusterCredential.secret(secret);
      new ClusterWebhook(stack, 'Webhook', webhookProps({ cluster: { ...webhookProps().cluster, credential } }));
    });
    const [key] = synthesized.all('KMS::Key');
    const decrypting = key.KeyPolicy.Statement.filter(({ Action }: Json) => Action === 'kms:Decrypt');
    expect(decrypting).toHaveLength(1);
    expect(decrypting[0].Condition.StringEquals).toHaveProperty(['kms:ViaService']);
  });
});

describe('a webhook with reservedConcurrency 0', () => {
  it('warns at synth that it is switched off', () => {
    const stack = new Stack(new App(), 'off');
    new ClusterWebhook(stack, 'Webhook', webhookProps({ reservedConcurrency: 0 }));
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: 0 });
    Annotations.fromStack(stack).hasWarning('/off/Webhook', Match.stringLikeRegexp('reservedConcurrency is 0'));
  });
});

it('is rejected in a region without Function URLs', () => {
  const env = { account: '123456789012', region: 'ap-southeast-7' };
  const build = () => new Synthesized((stack) => void new ClusterWebhook(stack, 'Webhook', webhookProps()), { env });

  expect(build).toThrow('where Lambda has no Function URLs; write a region that has them, such as ap-southeast-1');
});

describe('a webhook with a short lifetime of tokens', () => {
  const warningsFor = (settings: Record<string, string>) => {
    const stack = new Stack(new App(), 'short');
    new ClusterWebhook(stack, 'Webhook', webhookProps({ settings }));
    return Annotations.fromStack(stack)
      .findWarning('/short/Webhook', Match.stringLikeRegexp('tokens live'))
      .map(({ entry }) => entry.data);
  };

  it('warns at synth, because the SDKs of Azure can send an expired token', () => {
    expect(warningsFor({ CWII_TOKEN_EXPIRATION: '3599' })).toEqual([
      expect.stringContaining('tokens live 3599 s by default'),
    ]);
  });

  it.each([
    ['an hour', { CWII_TOKEN_EXPIRATION: '3600' }],
    ['less, if Azure is disabled', { CWII_TOKEN_EXPIRATION: '600', CWII_AZ_ENABLED: 'false' }],
  ])('does not warn about %s', (_, settings) => {
    expect(warningsFor(settings)).toEqual([]);
  });
});

describe('a webhook for a private API server', () => {
  it('is attached to the network, but its code cannot use the permissions for that', () => {
    const synthesized = new Synthesized((stack) => {
      const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
        vpcId: 'vpc-0123456789abcdef0',
        availabilityZones: ['eu-central-1a'],
      });
      const network = {
        vpc,
        subnets: [Subnet.fromSubnetId(stack, 'Subnet', 'subnet-0123456789abcdef0')],
        securityGroups: [SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-0123456789abcdef0')],
      };
      new ClusterWebhook(stack, 'Webhook', webhookProps({ cluster: { ...webhookProps().cluster, network } }));
    });
    expect(synthesized.one('Lambda::Function').VpcConfig).toEqual({
      SubnetIds: ['subnet-0123456789abcdef0'],
      SecurityGroupIds: ['sg-0123456789abcdef0'],
    });
    expect(synthesized.one('IAM::Role').ManagedPolicyArns).toBeUndefined();
    const network = synthesized.all('IAM::Policy').find(({ PolicyName }) => PolicyName.includes('Network'));
    const [allowed, denied] = network.PolicyDocument.Statement;
    expect(allowed).toMatchObject({ Effect: 'Allow', Action: denied.Action });
    expect(denied).toMatchObject({ Effect: 'Deny', Condition: { ArnLike: { 'lambda:SourceFunctionArn': {} } } });
    // A policy of its own is deleted only after the function has left the VPC.
    const [webhook] = synthesized.resources('Lambda::Function');
    expect(webhook.DependsOn).toContainEqual(expect.stringContaining('Network'));
  });
});

describe('a webhook with custom properties', () => {
  it('has them in the template', () => {
    const synthesized = new Synthesized((stack) => {
      const custom = {
        webhookTimeout: Duration.seconds(10),
        memoryMiB: 1024,
        reservedConcurrency: 'unreserved',
        logRetention: RetentionDays.ONE_YEAR,
        aliasName: 'prod',
        settings: { CWII_ALLOWED_ROLE_ARNS: 'arn:aws:iam::123456789012:role/pods/*' },
      } as const;
      new ClusterWebhook(stack, 'Webhook', webhookProps(custom));
    });
    const { Timeout, MemorySize, ReservedConcurrentExecutions, Environment } = synthesized.one('Lambda::Function');
    expect({ Timeout, MemorySize, ReservedConcurrentExecutions }).toEqual({ Timeout: 9, MemorySize: 1024 });
    expect(Environment.Variables.CWII_ALLOWED_ROLE_ARNS).toBe('arn:aws:iam::123456789012:role/pods/*');
    expect(synthesized.one('Logs::LogGroup').RetentionInDays).toBe(365);
    expect(synthesized.one('Lambda::Alias').Name).toBe('prod');
  });
});

describe('an invalid configuration', () => {
  it.each([
    ['webhook-config-invalid', 'nobody can call the webhook', { callers: {} }],
    ['webhook-config-invalid', 'a setting is unknown', { settings: { CWII_TYPO: '1' } }],
    [
      'webhook-config-invalid',
      'the API server has an address of the machine that uses it',
      { cluster: { ...webhookProps().cluster, apiUrl: 'https://127.0.0.1:6443' } },
    ],
    [
      'webhook-config-invalid',
      'it contains a caller’s token instead of its digest',
      { callers: { tokenSha256: ['s3cret'] } },
    ],
    [
      'setting-unknown-at-synth',
      'a setting is known only at deployment',
      { settings: { CWII_MOUNT_ROOT: Lazy.string({ produce: () => '/a' }) } },
    ],
    ['setting-twice', 'a setting contradicts a property', { settings: { CWII_CLUSTER_NAME: 'other' } }],
    ['webhook-timeout-invalid', 'the function would have no time', { webhookTimeout: Duration.seconds(1) }],
    ['webhook-timeout-invalid', 'Kubernetes does not accept the timeout', { webhookTimeout: Duration.seconds(31) }],
    [
      'deadline-margin-short',
      'Lambda would stop the function before its deadline',
      { settings: { CWII_DEADLINE_MARGIN_MS: '500' } },
    ],
    [
      'environment-too-large',
      'the environment exceeds Lambda’s limit',
      { settings: { CWII_ALLOWED_AUDIENCES: 'a'.repeat(4096) } },
    ],
  ])('is rejected at synth with %s if %s', (code, _, changes) => {
    const error = synthError((scope) => void new ClusterWebhook(scope, 'Webhook', webhookProps(changes)));
    expect(error.code).toBe(code);
    expect(error.message).toContain('cwii-test/Webhook');
    expect(error.message).not.toContain('s3cret');
  });
});
