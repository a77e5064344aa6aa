// Knows how to stand in for a cloud's HTTPS hosts on a loopback port, and remembers what it was asked.

import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ServerCertificate } from '../../testing/certificates.ts';

export interface Question {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  /** The fields of a form; empty for any other body. */
  readonly form: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export interface StandIn {
  readonly hosts: readonly string[];
  readonly port: number;
  /** Oldest first. */
  readonly asked: Question[];
  stop(): Promise<void>;
}

export async function startStandIn(
  hosts: readonly string[],
  certificate: ServerCertificate,
  answer: (question: Question) => Answer,
): Promise<StandIn> {
  const asked: Question[] = [];
  const server = createServer({ cert: certificate.certPem, key: certificate.keyPem }, async (request, response) => {
    const url = new URL(request.url ?? '/', `https://${request.headers.host}`);
    const body = await text(request);
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
    const question: Question = {
      host: url.hostname,
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      form: isForm ? Object.fromEntries(new URLSearchParams(body)) : {},
      body,
    };
    asked.push(question);
    const { status, type, body: answered } = answer(question);
    response.writeHead(status, { 'content-type': type }).end(answered);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    hosts,
    port: (server.address() as AddressInfo).port,
    asked,
    stop: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

export function json(status: number, body: object): Answer {
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify(body) };
}

/** A call that the real host knows and the stand-in does not: the test's output says so. */
export function unknownCall({ method, host, path }: Question): Answer {
  return json(404, {
    error: 'unknown_call',
    error_description: `the stand-in has no ${method} https://${host}${path}`,
  });
}
