// What a request to the fake API server can meet instead of the object that it asks for.

import type { Socket } from 'node:net';

/** The part of an HTTP answer that HTTP/1.1 and HTTP/2 have in common. */
export interface Response {
  writeHead(status: number, headers: Record<string, string | number>): unknown;
  write(text: string, written?: () => void): unknown;
  end(text?: string): unknown;
}

/** @param connection the TLS connection that the request came by. */
export type Fault = (response: Response, connection: Socket) => void;

const json = { 'content-type': 'application/json' };

/** A whole answer of any kind. */
export function answer(status: number, body: unknown = '', headers: Record<string, string> = {}): Fault {
  return (response) => {
    response.writeHead(status, { ...json, ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

/** What the API server says where it has no object to show. */
export function statusObject(code: number): Fault {
  return answer(code, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code });
}

/** The API server's answer for an object that does not exist: it names the object. */
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
  return answer(status, '<html><body>A proxy speaks.</body></html>', { 'content-type': 'text/html' });
}

/** 200, and half of an object in a whole answer. */
export const brokenJson = answer(200, '{"kind":"PartialObjectMetadata","metadata":{"uid":"1');

export const hugeBody = answer(200, `{"kind":"PartialObjectMetadata","padding":"${'x'.repeat(5 * 1024 * 1024)}"}`);

export const hang: Fault = () => undefined;

export const hangMidBody: Fault = (response) => {
  response.writeHead(200, json);
  response.write('{"kind":"PartialObjectMetadata",');
};

export const resetBeforeAnswer: Fault = (_, connection) => connection.destroy();

/** The answer says how long it is, begins, and is cut off. */
export const resetMidBody: Fault = (response, connection) => {
  response.writeHead(200, { ...json, 'content-length': 1000 });
  cutOffAfterBeginning(response, connection);
};

/** The answer begins without a word on its length, and is cut off. */
export const resetMidStream: Fault = (response, connection) => {
  response.writeHead(200, json);
  cutOffAfterBeginning(response, connection);
};

function cutOffAfterBeginning(response: Response, connection: Socket): void {
  // A moment later, so that the beginning is under way.
  response.write('{"kind":"PartialObjectMetadata",', () => setTimeout(() => connection.destroy(), 10));
}
