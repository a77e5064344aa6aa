// From a Function URL event (payload format 2.0) to the JSON that was sent and the time there is to answer it.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import type { ErrorCode } from '../../lib/common/error-codes.ts';
import { CwiiError } from '../../lib/common/errors.ts';

/** Lambda itself refuses a larger request (6 MB); the API server's own limit for an object is 3 MiB. */
const LARGEST_BODY = 6 * 1024 * 1024;

/** The API server's own default for a webhook (timeoutSeconds), for callers that do not say. */
const DEFAULT_TIMEOUT_MS = 10_000;

/** The request cannot be answered with a review; the HTTP status says whose fault it is. */
export class RequestError extends CwiiError {
  override name = 'RequestError';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: ErrorCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(code, message);
    this.status = status;
    this.headers = headers;
  }
}

export type Route =
  | { readonly kind: 'healthz' | 'mutate' | 'unknown' }
  | { readonly kind: 'path-key'; readonly key: string };

/** A Function URL sends text; whoever invokes the function directly may send anything, also what cannot become text. */
export function asText(sent: unknown): string {
  return typeof sent === 'string' ? sent : '';
}

/** @throws {RequestError} 400 for what is no event of a Function URL at all: whoever invokes the function may send any JSON. */
export function routeOf(event: LambdaFunctionURLEvent): Route {
  if (typeof event !== 'object' || event === null) {
    throw new RequestError(400, 'event-unknown', 'the event is no request of a Function URL (payload format 2.0)');
  }
  const path = asText(event.rawPath);
  if (path === '/healthz') return { kind: 'healthz' };
  if (path === '' || path === '/' || path === '/mutate') return { kind: 'mutate' };
  const key = /^\/k\/([^/]+)$/.exec(path)?.[1];
  return key === undefined ? { kind: 'unknown' } : { kind: 'path-key', key };
}

export function methodOf(event: LambdaFunctionURLEvent): string {
  return event.requestContext?.http?.method ?? '';
}

export interface Call {
  /** Any JSON. */
  readonly body: unknown;
  /** Milliseconds from now until the answer must leave. */
  readonly budgetMs: number;
}

/**
 * @param marginMs how long before the caller's timeout the answer leaves.
 * @throws {RequestError} 400, 404, 405, 413 or 415.
 */
export function decode(event: LambdaFunctionURLEvent, marginMs: number): Call {
  if (routeOf(event).kind === 'unknown') {
    throw new RequestError(
      404,
      'path-unknown',
      'no such path; the webhook is at /mutate, or at /k/<key> where a path key is configured',
    );
  }
  if (methodOf(event) !== 'POST') {
    throw new RequestError(405, 'method-not-allowed', 'an AdmissionReview comes by POST', { allow: 'POST' });
  }
  const contentType = asText(event.headers?.['content-type']);
  if (!/^application\/json\s*(;|$)/i.test(contentType)) {
    throw new RequestError(415, 'media-type-unsupported', 'an AdmissionReview comes as application/json');
  }
  return { body: parseBody(event), budgetMs: budget(event, marginMs) };
}

function parseBody(event: LambdaFunctionURLEvent): unknown {
  const sent = asText(event.body);
  const body = event.isBase64Encoded ? Buffer.from(sent, 'base64').toString('utf8') : sent;
  if (Buffer.byteLength(body) > LARGEST_BODY) {
    throw new RequestError(413, 'body-too-large', `the body is larger than ${LARGEST_BODY} bytes`);
  }
  if (body === '') throw new RequestError(400, 'body-empty', 'the body is empty; an AdmissionReview is expected');
  try {
    return JSON.parse(body);
  } catch {
    // The parser's own message quotes the body, which may hold a pod's secrets.
    throw new RequestError(400, 'body-not-json', 'the body is not JSON');
  }
}

/** What is left of the caller's timeout: it began when Lambda received the request, and ends on the way back. */
function budget(event: LambdaFunctionURLEvent, marginMs: number): number {
  const timeout = parseTimeout(asText(event.rawQueryString));
  const began: unknown = event.requestContext?.timeEpoch;
  const elapsed = typeof began === 'number' ? Date.now() - began : Number.NaN;
  // Outside of this range one of the two clocks is wrong, and the request counts as just received.
  const waited = elapsed >= 0 && elapsed < timeout ? elapsed : 0;
  return timeout - waited - Math.min(marginMs, timeout / 2);
}

/** `?timeout=` is Go's duration as the API server writes it: whole seconds, such as `5s`. */
function parseTimeout(query: string): number {
  const seconds = /(?:^|&)timeout=(\d{1,3})s(?:&|$)/.exec(query)?.[1];
  return Number(seconds ?? 0) * 1000 || DEFAULT_TIMEOUT_MS;
}
