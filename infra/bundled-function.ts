// What cwii's Lambda functions have in common: runtime, log group, and a role that may do no more than is written here.

import { type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
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
import { acknowledgeRule } from './acknowledged-rules.ts';
import type { ClusterNetwork } from './cluster-access.ts';
import { checkEnvironmentSize } from './environment-size.ts';
import { type FunctionName, functionCode } from './function-bundle.ts';

/** What can be chosen for each function. */
export interface FunctionLogProps {
  /** How long log lines are kept. @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays | undefined;
  /** What becomes of the log group with the stack. @default RemovalPolicy.DESTROY */
  readonly logRemovalPolicy?: RemovalPolicy | undefined;
}

interface BundledFunctionProps extends FunctionLogProps {
  readonly bundle: FunctionName;
  readonly description: string;
  readonly environment: Record<string, string>;
  readonly memoryMiB: number;
  readonly timeout: Duration;
  readonly reservedConcurrency?: number | undefined;
  readonly network?: ClusterNetwork | undefined;
}

/** The runtime, and what Terraform and SAM definitions must say too (docs/deploying-otherwise.md). */
const lambdaRuntime = Runtime.NODEJS_24_X;

/** A built function of cwii with its role and log group. */
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
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: props.description,
    });
    // In place of AWSLambdaBasicExecutionRole, which may create and write every log group of the account.
    // The ARN of a log group ends in ":*", which stands for its streams.
    this.logGroup.grantWrite(this.role);
    if (props.network) this.#allowNetwork();
    this.function = new LambdaFunction(this, 'Function', {
      description: props.description,
      code: functionCode(props.bundle),
      handler: 'index.handler',
      runtime: lambdaRuntime,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMiB,
      timeout: props.timeout,
      environment: props.environment,
      role: this.role,
      logGroup: this.logGroup,
      // Lambda's own lines become JSON like ours, so that one query reads both; ours, and embedded metrics, pass as they are.
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.INFO,
      ...(props.reservedConcurrency !== undefined && { reservedConcurrentExecutions: props.reservedConcurrency }),
      ...(props.network && {
        vpc: props.network.vpc,
        vpcSubnets: { subnets: props.network.subnets },
        ...(props.network.securityGroups && { securityGroups: props.network.securityGroups }),
      }),
      // An old version must outlive the deployment that replaces it: rolling back is moving the alias there. Nobody reaches it
      // meanwhile, it costs nothing, and it goes with the function (docs/deploying.md has how many there may be).
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
    });
  }

  /** What Lambda needs to attach the function to a VPC, in place of AWSLambdaVPCAccessExecutionRole, whose log permissions are too wide. */
  #allowNetwork(): void {
    const actions = [
      'ec2:CreateNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ];
    // EC2 has no resource for its Describe actions, and the interfaces are not known before Lambda makes them.
    const resources = ['*'];
    this.role.addToPolicy(new PolicyStatement({ sid: 'LambdaAttachesTheFunction', actions, resources }));
    // Lambda does it with this role; the function's own code has no business with it. The key is there for code only.
    this.role.addToPolicy(
      new PolicyStatement({
        sid: 'NotTheFunctionItself',
        effect: Effect.DENY,
        actions,
        resources,
        conditions: {
          ArnLike: { 'lambda:SourceFunctionArn': `arn:${Stack.of(this).partition}:lambda:*:*:function:*` },
        },
      }),
    );
    acknowledgeRule(
      this.role,
      'AwsSolutions-IAM5[Resource::*]',
      'Lambda attaches the function to the VPC: network interfaces are not known before it makes them. Code is denied the same.',
    );
  }
}
