// Tests for the options that every function accepts: webhook, issuer and token rotation.

import { RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Architecture, LayerVersion, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import { ClusterWebhook, type FunctionProps, HostedIssuer, TokenSecret } from '../../infra/index.ts';
import { Synthesized, synthError, webhookProps } from './synth.ts';

const { cluster } = webhookProps();
const issuer = 'https://d111111abcdef8.cloudfront.net/prod';

const constructs = {
  ClusterWebhook: (stack: Stack, props: FunctionProps) =>
    new ClusterWebhook(stack, 'Webhook', { ...webhookProps(), ...props }),
  HostedIssuer: (stack: Stack, props: FunctionProps) =>
    new HostedIssuer(stack, 'Issuer', { cluster, issuer, ...props }),
  TokenSecret: (stack: Stack, props: FunctionProps) => new TokenSecret(stack, 'Token', { cluster, ...props }),
};

describe.each(Object.entries(constructs))('%s', (_, create) => {
  /** @param props gets the stack, for options that are resources of it */
  const templateWith = (props: (stack: Stack) => FunctionProps) =>
    Template.fromJSON(new Synthesized((stack) => void create(stack, props(stack))).template);

  it('has its own log group, arm64, no traces, no layers and a generated name by default', () => {
    const template = templateWith(() => ({}));

    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Architectures: ['arm64'],
      TracingConfig: Match.absent(),
      Layers: Match.absent(),
      FunctionName: Match.absent(),
    });
    template.allResourcesProperties('AWS::IAM::Role', { PermissionsBoundary: Match.absent() });
  });

  it('accepts name, architecture, layers, traces and the boundary of the role', () => {
    const arn = 'arn:aws:lambda:eu-central-1:123456789012:layer:agent:7';
    const boundary = 'arn:aws:iam::123456789012:policy/boundary';
    const template = templateWith((stack) => ({
      functionName: 'cwii-prod',
      architecture: Architecture.X86_64,
      layers: [LayerVersion.fromLayerVersionArn(stack, 'Agent', arn)],
      tracing: Tracing.ACTIVE,
      permissionsBoundary: ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', boundary),
    }));

    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'cwii-prod',
      Architectures: ['x86_64'],
      Layers: [arn],
      TracingConfig: { Mode: 'Active' },
    });
    template.allResourcesProperties('AWS::IAM::Role', { PermissionsBoundary: boundary });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], Resource: '*' }),
        ]),
      },
    });
  });

  it('accepts the retention and the removal policy of its log group', () => {
    const template = templateWith(() => ({
      logRetention: RetentionDays.ONE_YEAR,
      logRemovalPolicy: RemovalPolicy.RETAIN,
    }));

    template.hasResource('AWS::Logs::LogGroup', {
      Properties: { RetentionInDays: 365 },
      DeletionPolicy: 'Retain',
    });
  });

  it('writes to an existing log group, and has permission for that one only', () => {
    const template = templateWith((stack) => ({ logGroup: LogGroup.fromLogGroupName(stack, 'Central', 'central') }));

    template.resourceCountIs('AWS::Logs::LogGroup', 0);
    template.hasResourceProperties('AWS::Lambda::Function', { LoggingConfig: { LogGroup: 'central' } });
    const policies = JSON.stringify(template.findResources('AWS::IAM::Policy'));
    expect(policies.match(/:log-group:[^"]*/g)).toEqual([':log-group:central:*']);
  });

  it('rejects the retention of a log group that it does not create', () => {
    const error = synthError((scope) => {
      const logGroup = LogGroup.fromLogGroupName(scope, 'Central', 'central');
      create(scope as Stack, { logGroup, logRetention: RetentionDays.ONE_YEAR });
    });

    expect(error.code).toBe('log-group-options');
  });

  it('has the tags on its function and its role', () => {
    const template = templateWith(() => ({ tags: { team: 'platform' } }));

    const Tags = Match.arrayWith([{ Key: 'team', Value: 'platform' }]);
    template.hasResourceProperties('AWS::Lambda::Function', { Tags });
    template.allResourcesProperties('AWS::IAM::Role', { Tags });
  });
});

describe('the function of a private API server', () => {
  const functionIn = (ipv6AllowedForDualStack: boolean | undefined) =>
    new Synthesized((stack) => {
      const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['eu-central-1a'] });
      const network = { vpc, subnets: [Subnet.fromSubnetId(stack, 'Subnet', 'subnet-1')], ipv6AllowedForDualStack };
      new ClusterWebhook(stack, 'Webhook', webhookProps({ cluster: { ...cluster, network } }));
    });

  it('uses IPv6 in dual-stack subnets, and its own security group allows it', () => {
    const dualStack = functionIn(true);

    expect(dualStack.one('Lambda::Function').VpcConfig.Ipv6AllowedForDualStack).toBe(true);
    expect(dualStack.one('EC2::SecurityGroup').SecurityGroupEgress).toContainEqual(
      expect.objectContaining({ CidrIpv6: '::/0' }),
    );
  });

  it('uses IPv4 by default', () => {
    const ipv4 = functionIn(undefined);

    expect(ipv4.one('Lambda::Function').VpcConfig.Ipv6AllowedForDualStack).toBeUndefined();
    expect(JSON.stringify(ipv4.one('EC2::SecurityGroup').SecurityGroupEgress)).not.toContain('::/0');
  });
});
