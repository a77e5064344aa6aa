// The table of failures: HTTP status or transport error of the API server to code, reason and remedy.

import { DeadlineExceededError } from '../../common/deadline.ts';
import type { ErrorCode } from '../../common/error-codes.ts';
import { CwiiError } from '../../common/errors.ts';
import { isObject, isString, parseJson } from '../../common/json.ts';
import { type Answer, AnswerTooLargeError } from './transport.ts';

interface FailureRow {
  readonly code: ErrorCode;
  /** Whether another attempt can succeed. */
  readonly retryable: boolean;
  /** The reason. The pod's creator may read it, so it contains no address and no path of the function. */
  readonly reason: string;
  /** The remedy, for the operator. */
  readonly remedy?: string;
}

export type FailureKind = keyof typeof table;

/** The purpose of the request, and the rows of the table that differ for it. */
export interface FailureContext {
  /** The beginning of the message, such as `Namespace shop could not be read from the cluster`. */
  readonly subject: string;
  readonly overrides?: Readonly<Partial<Record<FailureKind, Partial<FailureRow>>>>;
}

const CHECK_PATH = 'the network path to the API server (DNS, security groups, routes of the VPC)';

const table = {
  unauthorized: {
    code: 'cluster-unauthorized',
    // The credential may have another token by then.
    retryable: true,
    reason: "the API server rejected the function's token",
    remedy:
      "compare CWII_KUBE_CREDENTIAL with the API server's AuthenticationConfiguration, or with the token's ServiceAccount (`cwii manifests` writes both)",
  },
  forbidden: {
    code: 'cluster-forbidden',
    retryable: false,
    reason: "the function's user is not allowed to read it",
    remedy: 'apply the RBAC manifests that `cwii manifests` writes',
  },
  'not-found': {
    code: 'cluster-answer-unexpected',
    retryable: false,
    reason: 'the API server has no such resource',
    remedy: 'check CWII_KUBE_API_URL',
  },
  // The API server lets no pod into a namespace that does not exist, so a missing one is not an empty scope.
  'namespace-missing': {
    code: 'namespace-missing',
    // A new connection can reach another API server, or a proxy whose cache knows a new namespace by then.
    retryable: true,
    reason:
      'the cluster that the function reads has no such namespace; check that CWII_KUBE_API_URL is the API server of this cluster, or try again if the namespace was just created or deleted',
  },
  redirected: {
    code: 'cluster-redirected',
    retryable: false,
    reason: 'the API server answered with a redirect, which cwii does not follow',
    remedy: 'check CWII_KUBE_API_URL',
  },
  // 429 and 5xx: behind a load balancer, a new connection can reach another, healthy API server.
  unavailable: {
    code: 'cluster-answer-unexpected',
    retryable: true,
    reason: 'the API server answered with an error',
    remedy: 'check the log and the load of the API server',
  },
  'unexpected-status': {
    code: 'cluster-answer-unexpected',
    retryable: false,
    reason: 'the API server answered with an unexpected status',
    remedy: 'check the log of the API server',
  },
  unreadable: {
    code: 'cluster-answer-unreadable',
    retryable: true,
    reason: 'the answer is not what was requested',
    remedy: 'check CWII_KUBE_API_URL',
  },
  'too-large': {
    code: 'cluster-answer-unreadable',
    retryable: false,
    reason: 'the answer is too large',
    remedy: 'check CWII_KUBE_API_URL',
  },
  timeout: {
    code: 'cluster-timeout',
    retryable: true,
    reason: 'the API server did not answer in time',
    remedy: `check CWII_KUBE_API_URL and ${CHECK_PATH}`,
  },
  unreachable: {
    code: 'cluster-unreachable',
    retryable: true,
    reason: 'no connection to the API server',
    remedy: `check CWII_KUBE_API_URL, CWII_KUBE_CA and ${CHECK_PATH}`,
  },
  untrusted: {
    code: 'cluster-unreachable',
    retryable: true,
    reason: "the API server's certificate cannot be verified with CWII_KUBE_CA",
    remedy: 'set CWII_KUBE_CA to the CA that signed it, or check that CWII_KUBE_API_URL is the API server',
  },
  'certificate-invalid': {
    code: 'cluster-unreachable',
    retryable: true,
    reason: "the API server's certificate is expired, or not for the host of CWII_KUBE_API_URL",
    remedy: 'renew it, or use a host that the certificate has',
  },
  // The remedy is in the credential's own error.
  'credential-unreadable': {
    code: 'credential-unreadable',
    retryable: false,
    reason: 'the function has no usable cluster token',
  },
  'credential-timeout': {
    code: 'credential-timeout',
    retryable: true,
    reason: 'the function did not get its cluster token in time',
    remedy: 'check the network path to AWS STS or AWS Secrets Manager',
  },
} as const satisfies Record<string, FailureRow>;

interface FailureDetails {
  /** Replaces the reason of the row. */
  readonly reason?: string;
  /** A status or error code, appended to the reason in parentheses. */
  readonly code?: string;
  /** Appended to the message, but not to the reason: it may contain addresses and paths. */
  readonly note?: string;
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/**
 * A request to the API server failed. The message is for operators; the pod's creator may only read `reason`.
 */
export class ApiError extends CwiiError {
  override name = 'ApiError';
  readonly reason: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number;

  constructor(kind: FailureKind, { subject, overrides }: FailureContext, details: FailureDetails = {}) {
    const row: FailureRow = { ...table[kind], ...overrides?.[kind] };
    const reason = `${details.reason ?? row.reason}${details.code === undefined ? '' : ` (${details.code})`}`;
    const remedy = row.remedy === undefined ? '' : `; ${row.remedy}`;
    super(row.code, `${subject}: ${reason}${remedy}${details.note ?? ''}`, { cause: details.cause });
    this.reason = reason;
    this.retryable = row.retryable;
    this.retryAfterMs = details.retryAfterMs ?? 0;
  }
}

/** The error for an answer that is not a success. */
export function statusError({ status, headers, body }: Answer, context: FailureContext): ApiError {
  const message = statusMessage(body);
  const kind = kindOf(status);
  return new ApiError(kind, context, {
    code: `HTTP ${status}`,
    ...(kind === 'unavailable' && { retryAfterMs: retryAfterMs(headers) }),
    ...(message !== undefined && { note: `. The API server says: ${message}` }),
  });
}

function kindOf(status: number): FailureKind {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not-found';
  if (status >= 300 && status < 400) return 'redirected';
  return status === 429 || status >= 500 ? 'unavailable' : 'unexpected-status';
}

/** The error for a request that got no complete answer. */
export function transportError(error: unknown, context: FailureContext): ApiError {
  if (error instanceof AnswerTooLargeError) return new ApiError('too-large', context, { cause: error });
  // Node.js rejects a request whose signal aborted with an AbortError.
  if (error instanceof DeadlineExceededError || (error instanceof Error && error.name === 'AbortError'))
    return new ApiError('timeout', context, { cause: error });
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return new ApiError(connectionFailure(code), context, { code, cause: error });
}

/** The codes of OpenSSL (X509_verify_cert_error_string) and of Node.js' check of the name. */
export function connectionFailure(code: string): FailureKind {
  if (/^(UNABLE_TO_|DEPTH_ZERO_SELF_|SELF_SIGNED_|CERT_(SIGNATURE|UNTRUSTED|REJECTED)|INVALID_CA)/.test(code))
    return 'untrusted';
  return /^(CERT_(HAS_EXPIRED|NOT_YET_VALID)|ERR_TLS_CERT_ALTNAME)/.test(code) ? 'certificate-invalid' : 'unreachable';
}

/** Retry-After in milliseconds. The API server sends seconds; RFC 9110, section 10.2.3 also allows a date. */
function retryAfterMs({ 'retry-after': seconds }: Answer['headers']): number {
  return typeof seconds === 'string' && /^\d{1,4}$/.test(seconds) ? Number(seconds) * 1000 : 0;
}

/** In characters: the message repeats what was sent, and can be long. */
const MAX_MESSAGE = 300;

/**
 * The message of a metav1.Status on one line; undefined if the body is something else, such as a proxy's
 * page.
 */
export function statusMessage(body: string): string | undefined {
  const status = parseJson(body);
  if (!isObject(status) || status['kind'] !== 'Status' || !isString(status['message'])) return undefined;
  return status['message'].replaceAll(/\s+/g, ' ').trim().slice(0, MAX_MESSAGE) || undefined;
}
