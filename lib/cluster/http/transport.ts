// What every way of sending a request to the API server has in common: its form, and how a body is read.

import type { Readable } from 'node:stream';
import { CwiiError } from '../../common/errors.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Endpoint {
  readonly url: URL;
  /** PEM; undefined: the roots that Node.js trusts. */
  readonly ca: string | undefined;
}

type Headers = Readonly<Record<string, string>>;

export interface Request {
  readonly path: string;
  readonly headers: Headers;
  /** Sent by POST, as JSON; without one it is a GET. */
  readonly body?: object;
}

/** Sends requests over a connection that is made. */
export interface Transport {
  readonly usable: boolean;
  /** Rejects with what went wrong on the connection, or with the signal's reason. */
  send(request: Request, signal: AbortSignal): Promise<Answer>;
  /** Closes what is open. */
  end(): void;
}

/** Metadata of one object; the API server itself keeps an object below 1.5 MiB. */
const LARGEST_BODY = 4 * 1024 * 1024;

/** A request as both versions of HTTP send it. */
export function encode({ headers, body }: Request): { method: string; headers: Headers; payload: string | undefined } {
  if (body === undefined) return { method: 'GET', headers, payload: undefined };
  const payload = JSON.stringify(body);
  const described = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) };
  return { method: 'POST', headers: { ...headers, ...described }, payload };
}

/** The host for sockets: URLs write IPv6 addresses in brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** The whole body as UTF-8. Rejects when it is cut off or too large, and then reads no more. */
export function readBody(stream: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > LARGEST_BODY)
        stream.destroy(new CwiiError('answer-too-large', `the answer is larger than ${LARGEST_BODY} bytes`));
      else chunks.push(chunk);
    });
    let complete = false;
    stream.once('end', () => {
      complete = true;
    });
    stream.once('error', reject);
    // Without an end or an error before it, the connection was lost on the way.
    stream.once('close', () => (complete ? resolve(Buffer.concat(chunks).toString('utf8')) : reject(cutOff())));
  });
}

/** How long an answer asks to wait, in milliseconds: RFC 9110, section 10.2.3, as the API server sends it, in seconds. */
export function retryAfterMs({ headers: { 'retry-after': seconds } }: Answer): number {
  return typeof seconds === 'string' && /^\d{1,4}$/.test(seconds) ? Number(seconds) * 1000 : 0;
}

export function cutOff(): CwiiError {
  return new CwiiError('answer-cut-off', 'the connection closed before the answer was complete');
}
