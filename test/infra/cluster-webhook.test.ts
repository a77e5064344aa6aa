// The webhook's resources: what makes it reachable, what it may do, and what is refused before anything is deployed.

import { App, Duration, Lazy, SecretValue, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import { ClusterCredential, ClusterWebhook } from '../../infra/index.ts';
import { WEB_IDENTITY_SECONDS } from '../../lib/settings/cluster-credential.ts';
import { digest, type Json, refusal, Synthesized, webhookProps } from './synth.ts';

const secretArn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:cluster-token-AbCdEf';
const plain = new Synthesized((stack) => void new ClusterWebhook(stack, 'Webhook', webhookProps()));

describe('a webhook with nothing but its defaults', () => {
  it('can be invoked by its URL, by everyone, and in no other way', () => {
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

  it('keeps old versions for a rollback', () => {
    expect(plain.resources('Lambda::Version').map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(['Retain']);
  });

  it('runs on Node.js 24 on arm64, ends before the webhook’s timeout, and answers a bounded number at once', () => {
    expect(plain.one('Lambda::Function')).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Timeout: 4,
      MemorySize: 512,
      ReservedConcurrentExecutions: 50,
    });
  });

  it('logs JSON to a group of its own, which it may write and nothing else', () => {
    expect(plain.one('Logs::LogGroup').RetentionInDays).toBe(90);
    expect(plain.one('Lambda::Function').LoggingConfig).toMatchObject({ LogFormat: 'JSON' });
    expect(plain.one('IAM::Role').ManagedPolicyArns).toBeUndefined();
    const [logs] = plain.statements();
    expect(logs.Action).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
    expect(plain.template.Resources[logs.Resource['Fn::GetAtt'][0]].Type).toBe('AWS::Logs::LogGroup');
  });

  it('may ask STS for a token of this cluster only, no longer and not otherwise signed than it does', () => {
    expect(plain.statements()[1]).toEqual({
      Sid: 'TokenForThisClusterOnly',
      Effect: 'Allow',
      Action: 'sts:GetWebIdentityToken',
      // The one wildcard: STS knows no resource for this action.
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

  it('has its configuration as environment, and no caller’s token in it', () => {
    expect(plain.one('Lambda::Function').Environment.Variables).toEqual({
      CWII_CLUSTER_NAME: 'prod',
      CWII_KUBE_API_URL: 'https://api.prod.example.com:6443',
      CWII_KUBE_CREDENTIAL: 'web-identity:cwii:prod',
      CWII_WEB_IDENTITY_ALGORITHM: 'ES384',
      CWII_CALLER_TOKEN_SHA256: digest,
    });
  });
});

describe('another way into the cluster', () => {
  const cluster = (credential: ClusterCredential) => ({ ...webhookProps().cluster, credential });

  it('by a secret takes reading that secret', () => {
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

  it('by a secret of the same app is checked although its ARN is not known yet', () => {
    const synthesized = new Synthesized((stack) => {
      const secret = new Secret(stack, 'Token', { secretStringValue: SecretValue.unsafePlainText('for the test') });
      new ClusterWebhook(stack, 'Webhook', webhookProps({ cluster: cluster(ClusterCredential.secret(secret)) }));
    });
    const { CWII_KUBE_CREDENTIAL } = synthesized.one('Lambda::Function').Environment.Variables;
    expect(CWII_KUBE_CREDENTIAL).toEqual({ 'Fn::Join': ['', ['secret:', { Ref: expect.stringMatching(/^Token/) }]] });
  });

  it('by a secret whose ARN is partial is refused', () => {
    const { code } = refusal((scope) => {
      const secret = Secret.fromSecretNameV2(scope, 'Token', 'cluster-token');
      new ClusterWebhook(scope, 'Webhook', webhookProps({ cluster: cluster(ClusterCredential.secret(secret)) }));
    });
    expect(code).toBe('secret-arn-partial');
  });

  it('by aws-iam-authenticator takes no permission', () => {
    const synthesized = new Synthesized((stack) => {
      new ClusterWebhook(stack, 'Webhook', webhookProps({ cluster: cluster(ClusterCredential.eks('prod')) }));
    });
    expect(synthesized.statements()).toHaveLength(1);
    expect(synthesized.one('Lambda::Function').Environment.Variables.CWII_KUBE_CREDENTIAL).toBe('eks:prod');
  });

  it('is none where the cluster is not read', () => {
    const synthesized = new Synthesized((stack) => {
      const none = { name: 'prod', credential: ClusterCredential.none() };
      new ClusterWebhook(stack, 'Webhook', webhookProps({ cluster: none }));
    });
    expect(synthesized.statements()).toHaveLength(1);
  });
});

describe('a secret that a key of one’s own encrypts', () => {
  it('may be decrypted by way of Secrets Manager only', () => {
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

describe('a webhook that is switched off', () => {
  it('has no concurrency, and says so at synth', () => {
    const stack = new Stack(new App(), 'off');
    new ClusterWebhook(stack, 'Webhook', webhookProps({ reservedConcurrency: 0 }));
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: 0 });
    Annotations.fromStack(stack).hasWarning('/off/Webhook', Match.stringLikeRegexp('reservedConcurrency is 0'));
  });
});

describe('a webhook of a private API server', () => {
  it('is attached to the network by a role whose code may not do the same', () => {
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
    const [, allowed, denied] = synthesized.statements();
    expect(allowed).toMatchObject({ Effect: 'Allow', Action: denied.Action });
    expect(denied).toMatchObject({ Effect: 'Deny', Condition: { ArnLike: { 'lambda:SourceFunctionArn': {} } } });
  });
});

describe('what is chosen', () => {
  it('is in the template', () => {
    const synthesized = new Synthesized((stack) => {
      const chosen = {
        webhookTimeout: Duration.seconds(10),
        memoryMiB: 1024,
        reservedConcurrency: 'unreserved',
        logRetention: RetentionDays.ONE_YEAR,
        aliasName: 'prod',
        settings: { CWII_ALLOWED_ROLE_ARNS: 'arn:aws:iam::123456789012:role/pods/*' },
      } as const;
      new ClusterWebhook(stack, 'Webhook', webhookProps(chosen));
    });
    const { Timeout, MemorySize, ReservedConcurrentExecutions, Environment } = synthesized.one('Lambda::Function');
    expect({ Timeout, MemorySize, ReservedConcurrentExecutions }).toEqual({ Timeout: 9, MemorySize: 1024 });
    expect(Environment.Variables.CWII_ALLOWED_ROLE_ARNS).toBe('arn:aws:iam::123456789012:role/pods/*');
    expect(synthesized.one('Logs::LogGroup').RetentionInDays).toBe(365);
    expect(synthesized.one('Lambda::Alias').Name).toBe('prod');
  });
});

describe('a configuration with which the function would not start', () => {
  it.each([
    ['webhook-config-invalid', 'nobody may call', { callers: {} }],
    ['webhook-config-invalid', 'a setting is unknown', { settings: { CWII_TYPO: '1' } }],
    [
      'webhook-config-invalid',
      'a caller’s token stands in place of its digest',
      { callers: { tokenSha256: ['s3cret'] } },
    ],
    [
      'setting-unknown-at-synth',
      'it is known too late to be checked',
      { settings: { CWII_MOUNT_ROOT: Lazy.string({ produce: () => '/a' }) } },
    ],
    ['setting-twice', 'a setting contradicts a property', { settings: { CWII_CLUSTER_NAME: 'other' } }],
    ['webhook-timeout-invalid', 'no whole second is left', { webhookTimeout: Duration.seconds(1) }],
    ['webhook-timeout-invalid', 'Kubernetes does not wait so long', { webhookTimeout: Duration.seconds(31) }],
    ['deadline-margin-short', 'Lambda would end it early', { settings: { CWII_DEADLINE_MARGIN_MS: '500' } }],
    ['environment-too-large', 'Lambda does not take it', { settings: { CWII_ALLOWED_AUDIENCES: 'a'.repeat(4096) } }],
  ])('is refused at synth: %s where %s', (code, _, changes) => {
    const error = refusal((scope) => void new ClusterWebhook(scope, 'Webhook', webhookProps(changes)));
    expect(error.code).toBe(code);
    expect(error.message).toContain('cwii-test/Webhook');
    expect(error.message).not.toContain('s3cret');
  });
});
