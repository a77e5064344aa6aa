// Faults that a server can answer a request with, instead of the requested object.

import type { Socket } from 'node:net';

/** The methods that the responses of HTTP/1.1 and HTTP/2 have in common. */
export interface Response {
  writeHead(status: number, headers: Record<string, string | number>): unknown;
  write(text: string, written?: () => void): unknown;
  end(text?: string): unknown;
}

/** @param connection the TLS connection of the request. */
export type Fault = (response: Response, connection: Socket) => void;

const json = { 'content-type': 'application/json' };

/** A complete answer. */
export function answer(status: number, body: unknown = '', headers: Record<string, string> = {}): Fault {
  return (response) => {
    response.writeHead(status, { ...json, ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

/** A failure as the API server reports it. */
export function statusObject(code: number): Fault {
  return answer(code, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code });
}

/** The API server's answer for an object that does not exist, with the name of the object. */
export function notFound(path: string): Fault {
  const details = { name: path.split('/').at(-1) };
  return answer(404, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    reason: 'NotFound',
    details,
    code: 404,
  });
}

export function html(status: number): Fault {
  return answer(status, '<html><body>Answer of a proxy</body></html>', { 'content-type': 'text/html' });
}

/** A complete answer with the first half of an object. */
export const brokenJson = answer(200, '{"kind":"PartialObjectMetadata","metadata":{"uid":"1');

export const hugeBody = answer(200, `{"kind":"PartialObjectMetadata","padding":"${'x'.repeat(5 * 1024 * 1024)}"}`);

export const hang: Fault = () => undefined;

export const hangMidBody: Fault = (response) => {
  response.writeHead(200, json);
  response.write('{"kind":"PartialObjectMetadata",');
};

export const resetBeforeAnswer: Fault = (_, connection) => connection.destroy();

/** The connection closes in the middle of an answer with a content-length. */
export const resetMidBody: Fault = (response, connection) => {
  response.writeHead(200, { ...json, 'content-length': 1000 });
  startAndClose(response, connection);
};

/** The connection closes in the middle of an answer without a content-length. */
export const resetMidStream: Fault = (response, connection) => {
  response.writeHead(200, json);
  startAndClose(response, connection);
};

function startAndClose(response: Response, connection: Socket): void {
  // A moment later, so that the first part reaches the client.
  response.write('{"kind":"PartialObjectMetadata",', () => setTimeout(() => connection.destroy(), 10));
}
