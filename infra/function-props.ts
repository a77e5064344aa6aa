// Options that every function of cwii accepts.

import { type RemovalPolicy, Tags } from 'aws-cdk-lib';
import type { IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { Architecture, ILayerVersion, Tracing } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';
import type { EncryptionProps } from './encryption-key.ts';

/** Log options of each function. */
export interface FunctionLogProps {
  /** An existing log group, which keeps its own retention. @default a new one for each function */
  readonly logGroup?: ILogGroup | undefined;
  /** How long log entries are kept. Not with `logGroup`. @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays | undefined;
  /** Whether the log group is deleted with the stack. Not with `logGroup`. @default RemovalPolicy.DESTROY */
  readonly logRemovalPolicy?: RemovalPolicy | undefined;
}

/** Options of each function. */
export interface FunctionProps extends FunctionLogProps, EncryptionProps {
  /** A name replaces the function if it changes. @default a name that CloudFormation generates */
  readonly functionName?: string | undefined;
  /** The code runs on both. @default Architecture.ARM_64 */
  readonly architecture?: Architecture | undefined;
  /** For extensions, such as an agent of a monitoring product. They make cold starts slower. @default none */
  readonly layers?: readonly ILayerVersion[] | undefined;
  /** Whether Lambda sends traces to X-Ray. @default Tracing.DISABLED */
  readonly tracing?: Tracing | undefined;
  /** The permissions boundary of the function's role. @default none */
  readonly permissionsBoundary?: IManagedPolicy | undefined;
  /** Tags of every resource of the construct. @default none */
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** The options in `props`, without its other properties. */
export function functionProps(props: FunctionProps): FunctionProps {
  const { logGroup, logRetention, logRemovalPolicy } = props;
  const { functionName, architecture, layers, tracing, permissionsBoundary, encryptionKey } = props;
  const logs = { logGroup, logRetention, logRemovalPolicy, encryptionKey };
  return { ...logs, functionName, architecture, layers, tracing, permissionsBoundary };
}

/** Sets the tags of a construct and of everything in it. */
export function addTags(scope: IConstruct, { tags = {} }: FunctionProps): void {
  for (const [name, value] of Object.entries(tags)) Tags.of(scope).add(name, value);
}
