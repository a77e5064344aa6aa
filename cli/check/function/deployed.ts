// The deployed webhook function, as AWS describes it.

import { isObject } from '../../../lib/common/json.ts';
import { AwsError, aws, hasAwsCredentials } from '../../aws/aws-cli.ts';
import { Skipped } from '../check.ts';
import type { CheckContext, Fact } from '../context.ts';
import { outputOf } from './outputs.ts';

/** Calls of the AWS CLI start a program each, on a machine that may be busy. */
export const AWS_MS = 20_000;

export interface FunctionConfiguration {
  readonly State?: string;
  readonly StateReason?: string;
  readonly LastUpdateStatus?: string;
  readonly LastUpdateStatusReason?: string;
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
}

export interface DeployedFunction {
  /** Without version and alias. */
  readonly arn: string;
  readonly name: string;
  readonly region: string;
}

export const deployedFunction: Fact<DeployedFunction> = async (context) => {
  const full = outputOf(context, 'WebhookFunctionArn');
  const parts = full.split(':');
  const [, , , region = '', , , name = ''] = parts;
  return { arn: parts.slice(0, 7).join(':'), name, region };
};

/** Undefined if AWS has no such function. The URL is that of the alias `live`. */
export const configuration: Fact<FunctionConfiguration | undefined> = async (context) => {
  const { arn } = await context.fact(deployedFunction);
  const get = ['lambda', 'get-function-configuration', '--function-name', arn];
  return (await ofFunction(context, [...get, '--qualifier', 'live'])) ?? (await ofFunction(context, get));
};

/** The answer about the function; undefined if AWS does not have what was asked for. @throws {Skipped} */
export async function ofFunction<T>(context: CheckContext, args: readonly string[]): Promise<T | undefined> {
  const { region } = await context.fact(deployedFunction);
  return readAws(context, [...args, '--region', region]);
}

/** @param end ends the call before its own limit. @throws {Skipped} */
export async function readAws<T>(
  { web, limits }: CheckContext,
  args: readonly string[],
  end?: AbortSignal,
): Promise<T | undefined> {
  if (!web.isEnabled) throw new Skipped('--no-network');
  if (!hasAwsCredentials(process.env)) throw new Skipped('the environment has no AWS credentials');
  try {
    const limit = limits.signalFor(AWS_MS);
    const answer = await aws<T>(args, end ? AbortSignal.any([end, limit]) : limit);
    return isObject(answer) ? answer : undefined;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.failure === 'not-found') return undefined;
    // Nobody knows whether the function is right.
    throw new Skipped(error.message);
  }
}
