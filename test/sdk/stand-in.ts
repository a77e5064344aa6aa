// An HTTPS server on loopback that answers instead of a cloud's hosts and records the requests.

import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ServerCertificate } from '../../testing/certificates.ts';

export interface CloudRequest {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  /** The fields of a form; empty for other bodies. */
  readonly form: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** Such as `date`, from another clock. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface StandIn {
  readonly hosts: readonly string[];
  readonly port: number;
  /** Oldest first. */
  readonly requests: CloudRequest[];
  stop(): Promise<void>;
}

export async function startStandIn(
  hosts: readonly string[],
  certificate: ServerCertificate,
  answer: (received: CloudRequest) => Answer | Promise<Answer>,
): Promise<StandIn> {
  const requests: CloudRequest[] = [];
  const server = createServer({ cert: certificate.certPem, key: certificate.keyPem }, async (request, response) => {
    const url = new URL(request.url ?? '/', `https://${request.headers.host}`);
    const body = await text(request);
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
    const received: CloudRequest = {
      host: url.hostname,
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      form: isForm ? Object.fromEntries(new URLSearchParams(body)) : {},
      body,
    };
    requests.push(received);
    const { status, type, body: answered, headers = {} } = await answer(received);
    response.writeHead(status, { 'content-type': type, ...headers }).end(answered);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    hosts,
    port: (server.address() as AddressInfo).port,
    requests,
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

/** The answer to a call that the fake does not implement; the test's output shows it. */
export function unknownCall({ method, host, path }: CloudRequest): Answer {
  return json(404, {
    error: 'unknown_call',
    error_description: `the fake has no ${method} https://${host}${path}`,
  });
}
