// Decodes a Function URL event (payload format 2.0): path, method, JSON body and the remaining time.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import type { ErrorCode } from '../../lib/common/error-codes.ts';
import { CwiiError } from '../../lib/common/errors.ts';
import type { RequestLog } from '../../lib/common/log.ts';

/** Lambda rejects a larger request (6 MB); the API server's limit for an object is 3 MiB. */
const LARGEST_BODY = 6 * 1024 * 1024;

/** The API server's default for a webhook (timeoutSeconds), for callers that send none. */
const DEFAULT_TIMEOUT_MS = 10_000;

/** The request cannot be answered with a review, only with an HTTP status. */
export class RequestError extends CwiiError {
  override name = 'RequestError';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Fields for the log only. */
  readonly logged: Partial<RequestLog>;

  constructor(
    status: number,
    code: ErrorCode,
    message: string,
    headers: Readonly<Record<string, string>> = {},
    logged: Partial<RequestLog> = {},
  ) {
    super(code, message);
    this.status = status;
    this.headers = headers;
    this.logged = logged;
  }
}

/** The part of the webhook that a path addresses. */
export type RequestPath =
  | { readonly kind: 'healthz' | 'mutate' | 'unknown' }
  | { readonly kind: 'path-key'; readonly key: string };

/** The end of the path of objects in namespaces without the label: they get advice only. */
const UNLABELLED = '/unlabelled';

/** A Function URL sends text. A direct invocation of the function may send any JSON. */
export function asText(sent: unknown): string {
  return typeof sent === 'string' ? sent : '';
}

/** @throws {RequestError} 400 if the event is not an object: a direct invocation may send any JSON. */
export function pathOf(event: LambdaFunctionURLEvent): RequestPath {
  if (typeof event !== 'object' || event === null) {
    throw new RequestError(400, 'event-unknown', 'not a Function URL event (payload format 2.0)');
  }
  const path = asText(event.rawPath);
  if (path === '/healthz') return { kind: 'healthz' };
  if (path === '' || path === '/' || path === '/mutate' || path === UNLABELLED) return { kind: 'mutate' };
  const key = /^\/k\/([^/]+)(?:\/unlabelled)?$/.exec(path)?.[1];
  return key === undefined ? { kind: 'unknown' } : { kind: 'path-key', key };
}

export function methodOf(event: LambdaFunctionURLEvent): string {
  return event.requestContext?.http?.method ?? '';
}

export interface Call {
  /** Any JSON. */
  readonly body: unknown;
  /** Milliseconds until the answer must leave. */
  readonly remainingMs: number;
  /** The object is in a namespace whose pods are not sent to the webhook. */
  readonly unlabelled: boolean;
}

/**
 * @param marginMs how many milliseconds before the caller's timeout the answer leaves.
 * @throws {RequestError} 400, 404, 405, 413 or 415.
 */
export function decode(event: LambdaFunctionURLEvent, marginMs: number): Call {
  checkHead(event);
  return {
    body: parseBody(event),
    remainingMs: remainingTime(event, marginMs),
    unlabelled: asText(event.rawPath).endsWith(UNLABELLED),
  };
}

/** Checks everything but the body. @throws {RequestError} 404, 405 or 415. */
export function checkHead(event: LambdaFunctionURLEvent): void {
  if (pathOf(event).kind === 'unknown') {
    throw new RequestError(404, 'path-unknown', 'unknown path; use /mutate, or /k/<key> if a path key is configured');
  }
  if (methodOf(event) !== 'POST') {
    throw new RequestError(405, 'method-not-allowed', 'use POST to send an AdmissionReview', { allow: 'POST' });
  }
  const contentType = asText(event.headers?.['content-type']);
  if (!/^application\/json\s*(;|$)/i.test(contentType)) {
    throw new RequestError(
      415,
      'media-type-unsupported',
      'unsupported media type; send an AdmissionReview as application/json',
    );
  }
}

function parseBody(event: LambdaFunctionURLEvent): unknown {
  const sent = asText(event.body);
  const body = event.isBase64Encoded ? Buffer.from(sent, 'base64').toString('utf8') : sent;
  if (Buffer.byteLength(body) > LARGEST_BODY) throw bodyTooLarge();
  if (body === '') throw new RequestError(400, 'body-empty', 'the body is empty; send an AdmissionReview');
  try {
    return JSON.parse(body);
  } catch {
    // The parser's message quotes the body, which may contain a pod's secrets.
    throw new RequestError(400, 'body-not-json', 'the body is not JSON; send an AdmissionReview');
  }
}

export function bodyTooLarge(): RequestError {
  return new RequestError(
    413,
    'body-too-large',
    `the body exceeds ${LARGEST_BODY} bytes; send a smaller AdmissionReview`,
  );
}

/**
 * The rest of the caller's timeout, which began when Lambda received the request and includes the way back.
 */
function remainingTime(event: LambdaFunctionURLEvent, marginMs: number): number {
  const timeout = parseTimeout(asText(event.rawQueryString));
  const began: unknown = event.requestContext?.timeEpoch;
  const elapsed = typeof began === 'number' ? Date.now() - began : Number.NaN;
  // Outside this range one of the two clocks is wrong, so the request counts as just received.
  const waited = elapsed >= 0 && elapsed < timeout ? elapsed : 0;
  return timeout - waited - Math.min(marginMs, timeout / 2);
}

/** `?timeout=` is a Go duration as the API server writes it: whole seconds, such as `5s`. */
function parseTimeout(query: string): number {
  const seconds = /(?:^|&)timeout=(\d{1,3})s(?:&|$)/.exec(query)?.[1];
  return Number(seconds ?? 0) * 1000 || DEFAULT_TIMEOUT_MS;
}
