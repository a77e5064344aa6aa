// A local Lambda Function URL: passes HTTPS requests to a handler as events of payload format 2.0.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { escapeControlsInLines } from '../../lib/common/control-characters.ts';
import { withCode } from '../../lib/common/describe-error.ts';
import type { ServerRequest } from '../../lib/common/server-request.ts';
import { Bodies } from './bodies.ts';
import type { KeyPair } from './certificate.ts';
import { Connections, type Turn } from './connections.ts';
import { toEvent } from './event.ts';

export type FunctionUrlHandler = (
  event: LambdaFunctionURLEvent,
  request: ServerRequest,
) => Promise<LambdaFunctionURLResult>;

export interface FunctionUrlOptions extends Pick<ServerRequest, 'writeLog' | 'observe'> {
  /** Answers requests that are not for the function, such as a readiness probe. */
  readonly ownAnswer?: (path: string) => Exclude<LambdaFunctionURLResult, string> | undefined;
}

export interface FunctionUrl {
  readonly server: Server;
  readonly connections: Connections;
  readonly bodies: Bodies;
}

/** Longer than the API server keeps an idle connection (90 s), so that the server never closes one in use. */
const KEEP_ALIVE_MS = 120_000;

/** For the TLS handshake, and for the head of a request: an API server sends both at once. */
const HEAD_TIMEOUT_MS = 10_000;

/** The longest timeout of a webhook. A caller does not wait for a request that takes longer to arrive. */
const REQUEST_TIMEOUT_MS = 30_000;

/** How often Node.js looks for requests whose time is over. Its default is 30 seconds. */
const TIMEOUT_CHECK_MS = 1_000;

/** How long an answer waits for a client that still sends its body, and may only then read the answer. */
const LINGER_MS = 500;

export function createFunctionUrl(handler: FunctionUrlHandler, tls: KeyPair, options: FunctionUrlOptions): FunctionUrl {
  const server = createServer({
    ...tls,
    handshakeTimeout: HEAD_TIMEOUT_MS,
    headersTimeout: HEAD_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
  });
  const connections = new Connections(server);
  const bodies = new Bodies();

  const handle = (request: IncomingMessage, response: ServerResponse, beforeBody?: () => void) =>
    connections.schedule(request, (turn) => {
      const place = bodies.placeFor(request, beforeBody);
      response.once('close', () => {
        place.release();
        const { statusCode } = response;
        turn.end({ authenticated: statusCode !== 401, closed: !response.shouldKeepAlive });
      });
      answer(request, response, turn, place.read).catch((error: unknown) => fail(error, request, response));
    });
  server.on('request', (request, response) => handle(request, response));
  // Without this listener, Node.js invites the body before the caller is authenticated.
  server.on('checkContinue', (request, response) => handle(request, response, () => response.writeContinue()));

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    turn: Turn,
    readBody: ServerRequest['readBody'],
  ): Promise<void> {
    const event = toEvent(request);
    const { writeLog, observe, ownAnswer } = options;
    const result =
      ownAnswer?.(event.rawPath) ?? (await handler(event, { readBody, writeLog, ...(observe && { observe }) }));
    // A small body is in the same packet as the head, and is parsed after this answer was decided.
    if (!request.complete) await new Promise(setImmediate);
    send(typeof result === 'string' ? { body: result } : result, request, response, turn);
  }
  return { server, connections, bodies };
}

function send(
  { statusCode = 200, headers = {}, body = '', isBase64Encoded = false }: Exclude<LambdaFunctionURLResult, string>,
  request: IncomingMessage,
  response: ServerResponse,
  turn: Turn,
): void {
  // A string is sent in one packet with the headers; a buffer would need a second one.
  const payload = isBase64Encoded ? Buffer.from(body, 'base64') : body;
  const closes = statusCode === 401 || !request.complete || turn.isLast();
  response.writeHead(statusCode, {
    'content-length': Buffer.byteLength(payload),
    ...(headers as Record<string, string>),
    ...(closes && { connection: 'close' }),
  });
  if (request.method === 'HEAD') response.end();
  else if (request.complete) response.end(payload);
  else {
    // Closing a connection on which data is unread resets it, and the client may lose the answer.
    response.write(payload);
    setTimeout(() => response.end(), LINGER_MS);
  }
}

function fail(error: unknown, request: IncomingMessage, response: ServerResponse): void {
  // The client aborted its request, so there is nobody to answer and nothing to report.
  if (request.destroyed && !request.complete) return;
  // Lambda gives the same answer if a function throws, and logs the error.
  const stack = error instanceof Error ? error.stack : String(error);
  process.stderr.write(
    escapeControlsInLines(`cwii: ${withCode('the function threw an error', 'handler-failed')}\n${stack}\n`),
  );
  if (!response.headersSent) response.writeHead(502, { 'content-type': 'application/json' });
  response.end('{"message":"Internal Server Error"}');
}
