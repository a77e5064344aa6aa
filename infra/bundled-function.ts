// The part that all Lambda functions of cwii share: runtime, log group, and a role with few permissions.

import { type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { ClusterNetwork } from './cluster-access.ts';
import { checkEnvironmentSize } from './environment-size.ts';
import { type FunctionName, functionCode } from './function-bundle.ts';
import type { FunctionProps } from './function-props.ts';
import { acknowledge } from './nag.ts';
import { constructError } from './synth-checks.ts';

/** Properties of `BundledFunction`. */
export interface BundledFunctionProps extends FunctionProps {
  /** The function of the package. */
  readonly bundle: FunctionName;
  /** The description of the function and of its role. */
  readonly description: string;
  /** The environment variables of the function. */
  readonly environment: Record<string, string>;
  /** Its memory, in MiB. Lambda allocates CPU in proportion. */
  readonly memoryMiB: number;
  /** The time after which Lambda stops an invocation. */
  readonly timeout: Duration;
  /** How many invocations run at the same time. @default the account's shared concurrency */
  readonly reservedConcurrency?: number | undefined;
  /** The network from which the function reaches the API server. @default the internet */
  readonly network?: ClusterNetwork | undefined;
}

/** The definitions for Terraform and SAM must use the same runtime (docs/deploying-otherwise.md). */
const lambdaRuntime = Runtime.NODEJS_24_X;

/** A built function of cwii, with its role and log group. */
export class BundledFunction extends Construct {
  /** The Lambda function itself. */
  readonly function: LambdaFunction;
  /** The execution role of the function. Grants to the function go to it. */
  readonly role: Role;
  /** The log group of the function, whose name CloudFormation generates by default. */
  readonly logGroup: ILogGroup;

  constructor(scope: Construct, id: string, props: BundledFunctionProps) {
    super(scope, id);
    checkEnvironmentSize(this, props.environment);
    this.logGroup = this.#logs(props);
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: props.description,
      ...(props.permissionsBoundary && { permissionsBoundary: props.permissionsBoundary }),
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
      architecture: props.architecture ?? Architecture.ARM_64,
      ...(props.functionName !== undefined && { functionName: props.functionName }),
      ...(props.layers && { layers: [...props.layers] }),
      ...(props.tracing !== undefined && { tracing: props.tracing }),
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
        ...(props.network.ipv6AllowedForDualStack && {
          ipv6AllowedForDualStack: true,
          // Otherwise the new security group allows only IPv4.
          ...(!props.network.securityGroups && { allowAllIpv6Outbound: true }),
        }),
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
    if (props.tracing === Tracing.ACTIVE || props.tracing === Tracing.PASS_THROUGH)
      acknowledge(
        this.role,
        'AwsSolutions-IAM5[Resource::*]',
        'X-Ray has no resource for the actions that send traces.',
      );
  }

  #logs({ logGroup, logRetention, logRemovalPolicy, encryptionKey }: FunctionProps): ILogGroup {
    if (!logGroup)
      return new LogGroup(this, 'Logs', {
        retention: logRetention ?? RetentionDays.THREE_MONTHS,
        removalPolicy: logRemovalPolicy ?? RemovalPolicy.DESTROY,
        ...(encryptionKey && { encryptionKey }),
      });
    if (logRetention !== undefined || logRemovalPolicy !== undefined)
      throw constructError(
        this,
        'log-group-options',
        'logRetention and logRemovalPolicy are for a new log group; remove them, or remove logGroup',
      );
    return logGroup;
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
    acknowledge(
      policy,
      'AwsSolutions-IAM5[Resource::*]',
      'Lambda attaches the function to the VPC: network interfaces are unknown until it creates them. The code itself is denied these actions.',
    );
    return policy;
  }
}
