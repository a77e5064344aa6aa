// The deployed functions: invoked as an administrator does, and their logs.

import type { Deployment } from './deployment.ts';

/** Invokes a function. @returns its answer, or the object that describes its error. */
export async function invoke({ aws }: Deployment, name: string, event: object = {}): Promise<string> {
  return aws.rest('lambda', 'POST', `/2015-03-31/functions/${name}/invocations`, event);
}

export interface FunctionConfiguration {
  readonly Role: string;
  readonly Timeout: number;
  readonly LoggingConfig: { readonly LogGroup: string };
  readonly Environment: { readonly Variables: Readonly<Record<string, string>> };
}

export async function configurationOf({ aws }: Deployment, name: string): Promise<FunctionConfiguration> {
  return JSON.parse(await aws.rest('lambda', 'GET', `/2015-03-31/functions/${name}/configuration`));
}

/** The log of a function so far, oldest entries first. */
export async function logOf(deployment: Deployment, name: string): Promise<string> {
  const { aws } = deployment;
  const { LoggingConfig } = await configurationOf(deployment, name);
  const filter = { logGroupName: LoggingConfig.LogGroup };
  const { events } = await aws.json('logs', 'Logs_20140328.FilterLogEvents', filter);
  return (events as readonly { message: string }[]).map(({ message }) => message).join('\n');
}

/** The name of a function from its ARN. */
export function nameOf(functionArn = ''): string {
  return functionArn.split(':')[6] ?? '';
}

/** The bucket with the documents of the issuer. */
export async function issuerBucket(deployment: Deployment): Promise<string> {
  const { IssuerFunctionArn } = await deployment.outputs();
  const { Environment } = await configurationOf(deployment, nameOf(IssuerFunctionArn));
  return Environment.Variables['CWII_ISSUER_BUCKET'] ?? '';
}
