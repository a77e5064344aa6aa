// The part that all Lambda functions of cwii share: runtime, log group, and a role with few permissions.

import { type Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Effect, Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { ClusterNetwork } from './cluster-access.ts';
import type { EncryptionProps } from './encryption-key.ts';
import { checkEnvironmentSize } from './environment-size.ts';
import { type FunctionName, functionCode } from './function-bundle.ts';

/** Log options of each function. */
export interface FunctionLogProps {
  /** How long log entries are kept. @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays | undefined;
  /** Whether the log group is deleted with the stack. @default RemovalPolicy.DESTROY */
  readonly logRemovalPolicy?: RemovalPolicy | undefined;
}

interface BundledFunctionProps extends FunctionLogProps, EncryptionProps {
  readonly bundle: FunctionName;
  readonly description: string;
  readonly environment: Record<string, string>;
  readonly memoryMiB: number;
  readonly timeout: Duration;
  readonly reservedConcurrency?: number | undefined;
  readonly network?: ClusterNetwork | undefined;
}

/** The definitions for Terraform and SAM must use the same runtime (docs/deploying-otherwise.md). */
const lambdaRuntime = Runtime.NODEJS_24_X;

/** A built function of cwii, with its role and log group. */
export class BundledFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: BundledFunctionProps) {
    super(scope, id);
    checkEnvironmentSize(this, props.environment);
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention ?? RetentionDays.THREE_MONTHS,
      removalPolicy: props.logRemovalPolicy ?? RemovalPolicy.DESTROY,
      ...(props.encryptionKey && { encryptionKey: props.encryptionKey }),
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: props.description,
    });
    // Instead of AWSLambdaBasicExecutionRole, which can create and write every log group of the account.
    // The ":*" at the end of a log group's ARN stands for its streams.
    this.logGroup.grantWrite(this.role);
    const networkPolicy = props.network && this.#allowNetwork();
    this.function = new LambdaFunction(this, 'Function', {
      description: props.description,
      code: functionCode(props.bundle),
      handler: 'index.handler',
      runtime: lambdaRuntime,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMiB,
      timeout: props.timeout,
      environment: props.environment,
      // Lambda decrypts with a grant, which CloudFormation's role creates.
      ...(props.encryptionKey && { environmentEncryption: props.encryptionKey }),
      role: this.role,
      logGroup: this.logGroup,
      // Lambda's own log entries become JSON too, so one query reads both. Ours, and embedded metrics, are
      // not changed.
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.INFO,
      ...(props.reservedConcurrency !== undefined && { reservedConcurrentExecutions: props.reservedConcurrency }),
      ...(props.network && {
        vpc: props.network.vpc,
        vpcSubnets: { subnets: props.network.subnets },
        ...(props.network.securityGroups && { securityGroups: props.network.securityGroups }),
      }),
      // A rollback moves the alias to an old version, so old versions are kept after a deployment. They
      // cannot be called without the alias, cost nothing, and are deleted with the function
      // (docs/deploying.md has their limit). The version of a deployment that fails is deleted by the
      // rollback: Lambda would not publish another one with the same code, so no retry would succeed.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
    });
    // Lambda needs the permissions until the function has left the VPC. CloudFormation deletes a policy that
    // is not in the template any more after it has updated the function.
    if (networkPolicy) this.function.node.addDependency(networkPolicy);
  }

  /**
   * Lets Lambda attach the function to a VPC. AWSLambdaVPCAccessExecutionRole would grant too many log
   * permissions.
   */
  #allowNetwork(): Policy {
    const actions = [
      'ec2:CreateNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ];
    // EC2 has no resource for Describe actions, and the interfaces are unknown until Lambda creates them.
    const resources = ['*'];
    const statements = [
      new PolicyStatement({ sid: 'LambdaAttachesTheFunction', actions, resources }),
      // Lambda uses this role for the attachment; the function's own code must not. Only calls by code have
      // this key.
      new PolicyStatement({
        sid: 'NotTheFunctionItself',
        effect: Effect.DENY,
        actions,
        resources,
        conditions: {
          ArnLike: { 'lambda:SourceFunctionArn': `arn:${Stack.of(this).partition}:lambda:*:*:function:*` },
        },
      }),
    ];
    const policy = new Policy(this, 'Network', { roles: [this.role], statements });
    Validations.of(policy).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'Lambda attaches the function to the VPC: network interfaces are unknown until it creates them. The code itself is denied these actions.',
    });
    return policy;
  }
}
