// A local Lambda Function URL: passes HTTPS requests to a handler as events of payload format 2.0.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { withCode } from '../lib/common/describe-error.ts';
import { CwiiError } from '../lib/common/errors.ts';

export type FunctionUrlHandler = (event: LambdaFunctionURLEvent, context: object) => Promise<LambdaFunctionURLResult>;

/** Lambda's limit for a request. */
const MAX_BODY_BYTES = 6 * 1024 * 1024;

/** Longer than the API server keeps an idle connection (90 s), so that the server never closes one in use. */
const KEEP_ALIVE_MS = 120_000;

/** The longest timeout of a webhook. A caller does not wait for a request that takes longer to arrive. */
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * @param tls PEM certificate chain and private key.
 * @throws {CwiiError} `tls-invalid` if they cannot be used.
 */
export function createFunctionUrl(
  handler: FunctionUrlHandler,
  tls: { readonly cert: string; readonly key: string },
): Server {
  try {
    createSecureContext(tls);
  } catch (error) {
    throw new CwiiError(
      'tls-invalid',
      `the certificate and key cannot be used: ${(error as Error).message}; pass a certificate and its own key, both in PEM`,
      { cause: error },
    );
  }
  const timeouts = {
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: REQUEST_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
  };
  const server = createServer({ ...tls, ...timeouts }, (request, response) => {
    answer(request, response, handler).catch((error: unknown) => {
      // The client aborted its request, so there is nobody to answer and nothing to report.
      if (request.destroyed && !request.complete) return;
      // Lambda gives the same answer if a function throws, and logs the error.
      const stack = error instanceof Error ? error.stack : String(error);
      process.stderr.write(`cwii: ${withCode('the function threw an error', 'handler-failed')}\n${stack}\n`);
      if (!response.headersSent) response.writeHead(502, { 'content-type': 'application/json' });
      response.end('{"message":"Internal Server Error"}');
    });
  });
  return server;
}

async function answer(request: IncomingMessage, response: ServerResponse, handler: FunctionUrlHandler): Promise<void> {
  const timeEpoch = Date.now();
  const body = await readBody(request);
  if (body === undefined) {
    response.writeHead(413, { 'content-type': 'application/json', connection: 'close' });
    response.end('{"message":"Request Entity Too Large"}');
    return;
  }
  const result = await handler(toEvent(request, body, timeEpoch), {});
  const {
    statusCode = 200,
    headers = {},
    body: text = '',
    isBase64Encoded = false,
  } = typeof result === 'string' ? { body: result } : result;
  // A string is sent in one packet with the headers; a buffer would need a second one.
  const payload = isBase64Encoded ? Buffer.from(text, 'base64') : text;
  const length = Buffer.byteLength(payload);
  response.writeHead(statusCode, { 'content-length': length, ...(headers as Record<string, string>) });
  response.end(request.method === 'HEAD' ? undefined : payload);
}

/**
 * The whole body; undefined if it is larger than Lambda accepts. It uses events, because asynchronous
 * iteration of a stream takes longer than an admission.
 */
function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) return void chunks.push(chunk);
      request.pause();
      resolve(undefined);
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
  });
}

function toEvent(request: IncomingMessage, body: Buffer, timeEpoch: number): LambdaFunctionURLEvent {
  const target = request.url ?? '/';
  const query = target.indexOf('?');
  const rawPath = query === -1 ? target : target.slice(0, query);
  const rawQueryString = query === -1 ? '' : target.slice(query + 1);
  // Lambda joins the values of a repeated header. `request.headers` would have only the first Authorization.
  const headers = Object.fromEntries(
    Object.entries(request.headersDistinct).map(([name, values = []]) => [name, values.join(',')]),
  );
  // Lambda passes text unchanged, and everything else as base64.
  const isText = /^(text\/|application\/(json|javascript|xml))/.test(headers['content-type'] ?? '');
  const domainName = headers['host'] ?? 'localhost';
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    headers,
    ...(rawQueryString !== '' && { queryStringParameters: Object.fromEntries(new URLSearchParams(rawQueryString)) }),
    requestContext: {
      accountId: 'anonymous',
      apiId: 'local',
      domainName,
      domainPrefix: 'local',
      http: {
        method: request.method ?? 'GET',
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: crypto.randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: new Date(timeEpoch).toUTCString(),
      timeEpoch,
    },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}
