// How a function calls an AWS service: with how much patience, and what its failures mean to whoever runs the function.

import { CwiiError } from '../../common/errors.ts';

/**
 * Settings of an SDK's client. A request waits for it, so two short attempts are worth more than three long ones, and
 * calls are minutes apart, so that a kept connection would mostly be found dead.
 */
export const impatient = {
  maxAttempts: 2,
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: 2_000,
    // Without it the SDK writes a warning, and waits on.
    throwOnRequestTimeout: true,
    httpsAgent: { keepAlive: false },
  },
} as const;

/** The same for a function that runs by the clock: nobody waits for it, but it must not hang. */
export const patient = {
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
} as const;

export interface AwsCall {
  /** What cannot be got without it, to begin the sentence with. */
  readonly wanted: string;
  /** As people call it. */
  readonly service: string;
  readonly region: string;
  /** What the role needs. */
  readonly permission: string;
  /** Last label of the name of its interface endpoint: `com.amazonaws.<region>.<endpoint>`. */
  readonly endpoint: string;
  /** By the error's name: the rest of a sentence on what is wrong, and the remedy. */
  readonly remedies?: Readonly<Record<string, string>>;
}

/** What an SDK's error means to whoever runs the function. */
export function awsFailure(error: unknown, call: AwsCall): CwiiError {
  if (error instanceof CwiiError) return error;
  return new CwiiError('credential-unreadable', `${call.wanted}: ${describe(error, call)}`, {
    cause: firstLineOf(error),
  });
}

/** What follows the first line of SignatureDoesNotMatch is the signed request, session token and all: not for a log. */
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
    return `the function's role is denied ${permission}; allow it in the role's policy, and see that no condition, boundary or service control policy forbids it`;
  if (name === 'CredentialsProviderError')
    return 'there are no AWS credentials; on Lambda the function has those of its role, elsewhere set AWS_ACCESS_KEY_ID and the others';
  if (/^(ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature)/.test(name))
    return `${service} does not accept the AWS credentials of this process (${name}); elsewhere than on Lambda, renew them and set the clock`;
  if ($metadata?.httpStatusCode === undefined)
    return `${service} in ${region} cannot be reached (${code ?? name}); a function in a VPC needs the interface endpoint com.amazonaws.${region}.${endpoint}, or a way to the internet`;
  return `${service} in ${region} answers ${name} (HTTP ${$metadata.httpStatusCode})`;
}
