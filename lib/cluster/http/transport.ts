// The types and helpers that the HTTP/1.1 and HTTP/2 transports share: requests, answers, and reading a body.

import type { Readable } from 'node:stream';
import { BodyBuffer } from '../../common/body-buffer.ts';
import { CwiiError } from '../../common/errors.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

type Headers = Readonly<Record<string, string>>;

export interface Request {
  readonly path: string;
  readonly headers: Headers;
  /** Sent as JSON with POST; a request without a body is a GET. */
  readonly body?: object | undefined;
}

/** Sends requests over an established connection. */
export interface Transport {
  readonly usable: boolean;
  /** Rejects with the connection's error, or with the signal's reason. */
  send(request: Request, signal: AbortSignal): Promise<Answer>;
  /** Closes all connections. */
  end(): void;
}

/** The metadata of one object: the API server itself limits an object to 1.5 MiB. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

export class AnswerTooLargeError extends CwiiError {
  override name = 'AnswerTooLargeError';

  constructor() {
    super('answer-too-large', `the answer is larger than ${MAX_ANSWER_BYTES} bytes`);
  }
}

export class IncompleteAnswerError extends CwiiError {
  override name = 'IncompleteAnswerError';

  constructor() {
    super('answer-cut-off', 'the connection closed before the answer was complete');
  }
}

/** The request in the form that both HTTP versions send. */
export function encode({ headers, body }: Request): { method: string; headers: Headers; payload: string | undefined } {
  if (body === undefined) return { method: 'GET', headers, payload: undefined };
  const payload = JSON.stringify(body);
  const described = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) };
  return { method: 'POST', headers: { ...headers, ...described }, payload };
}

/** The host for sockets: URLs put IPv6 addresses in brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** The whole body as UTF-8. Rejects if the body is incomplete or too large; it stops reading at the limit. */
export function readBody(stream: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    const body = new BodyBuffer(MAX_ANSWER_BYTES);
    stream.on('data', (chunk: Buffer) => {
      if (!body.append(chunk)) stream.destroy(new AnswerTooLargeError());
    });
    let complete = false;
    stream.once('end', () => {
      complete = true;
    });
    stream.once('error', reject);
    // A stream that closes without an end or an error lost its connection.
    stream.once('close', () => (complete ? resolve(body.text()) : reject(new IncompleteAnswerError())));
  });
}
