// Client settings for calls of AWS services, and what their errors mean for the operator.

import { CwiiError } from '../../common/errors.ts';
import type { AwsCredentials } from './sdk/signed-request.ts';

/**
 * Settings of an SDK client whose calls a request waits for, where the process has no credentials in its
 * environment: two short attempts instead of three long ones.
 * Connections are not kept, because the calls are minutes apart and a kept connection would mostly be dead.
 */
export const requestClientConfig = {
  maxAttempts: 2,
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: 2_000,
    // Otherwise the SDK only logs a warning, and keeps waiting.
    throwOnRequestTimeout: true,
    httpsAgent: { keepAlive: false },
  },
} as const;

/** The credentials that Lambda puts into the environment. */
export function credentialsOfProcess(): AwsCredentials | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = process.env;
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }) };
}

/**
 * The credentials for a request that is sent without an SDK client. Undefined if the SDK must find the
 * credentials, or an endpoint of another kind.
 */
export function credentialsToSign(): AwsCredentials | undefined {
  const { AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT } = process.env;
  const isPlain = [AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT].every((value) => value !== 'true');
  return isPlain ? credentialsOfProcess() : undefined;
}

/** Settings of an SDK client of a scheduled function: no request waits, but the function must not hang. */
export const scheduledClientConfig = {
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
} as const;

export interface AwsCall {
  /** The beginning of the message, such as `the cluster token cannot be read from …`. */
  readonly subject: string;
  /** Name of the service for people. */
  readonly service: string;
  readonly region: string;
  /** The permission that the role needs. */
  readonly permission: string;
  /** The last part of the interface endpoint's name: `com.amazonaws.<region>.<endpoint>`. */
  readonly endpoint: string;
  /** For errors of the service by name: the rest of the message, with the remedy. */
  readonly remedies?: Readonly<Record<string, string>>;
}

/** Converts an SDK error into one that tells the operator what to do. */
export function awsFailure(error: unknown, call: AwsCall): CwiiError {
  if (error instanceof CwiiError) return error;
  return new CwiiError('credential-unreadable', `${call.subject}: ${describe(error, call)}`, {
    cause: firstLineOf(error),
  });
}

/**
 * The further lines of SignatureDoesNotMatch are the signed request with the session token, which must not be
 * logged.
 */
function firstLineOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message } = error;
  return Object.assign(new Error(message.split('\n', 1)[0]), { name });
}

interface SdkError {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

function describe(error: unknown, { service, region, permission, endpoint, remedies = {} }: AwsCall): string {
  const { name = 'unknown error', code, $metadata } = error as SdkError;
  const remedy = remedies[name];
  if (remedy !== undefined) return remedy;
  if (/^AccessDenied(Exception)?$/.test(name))
    return `the function's role is denied ${permission}; allow it in the role's policy, and check conditions, permissions boundaries and service control policies`;
  if (name === 'CredentialsProviderError')
    return 'there are no AWS credentials; set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN (Lambda sets them)';
  if (/^(ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature)/.test(name))
    return `${service} rejected the AWS credentials of this process (${name}); outside Lambda, refresh them and check the clock`;
  if ($metadata?.httpStatusCode === undefined)
    return `${service} in ${region} cannot be reached (${code ?? name}); in a VPC, add the interface endpoint com.amazonaws.${region}.${endpoint} or a route to the internet`;
  return `${service} in ${region} answered ${name} (HTTP ${$metadata.httpStatusCode})`;
}
