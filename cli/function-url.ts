// A Lambda Function URL on this machine: HTTPS in, events of payload format 2.0 to a handler, its result out.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { CwiiError } from '../lib/common/errors.ts';

export type FunctionUrlHandler = (event: LambdaFunctionURLEvent, context: object) => Promise<LambdaFunctionURLResult>;

/** Lambda's limit for a request, in bytes. */
const LARGEST_BODY = 6 * 1024 * 1024;

/** Longer than the API server keeps an idle connection (90 s), so that it is never this end that closes one in use. */
const KEEP_ALIVE_MS = 120_000;

/** The longest timeout of a webhook: a request that takes longer to arrive holds a connection and memory for nobody. */
const LONGEST_REQUEST_MS = 30_000;

/**
 * @param tls PEM certificate chain and private key.
 * @throws {CwiiError} `tls-invalid` where they cannot be used.
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
      `the certificate and key cannot be used: ${(error as Error).message}; both are PEM, and belong together`,
      { cause: error },
    );
  }
  const timeouts = {
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: LONGEST_REQUEST_MS,
    requestTimeout: LONGEST_REQUEST_MS,
  };
  const server = createServer({ ...tls, ...timeouts }, (request, response) => {
    answer(request, response, handler).catch((error: unknown) => {
      // Whoever sent half a request has gone: there is nobody to answer, and nothing that the operator can mend.
      if (request.destroyed && !request.complete) return;
      // Lambda answers like this for a function that throws, and its log has the error.
      process.stderr.write(`cwii: the handler failed: ${error instanceof Error ? error.stack : String(error)}\n`);
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
  // Text goes out in one piece with the head; a buffer would be a second one.
  const payload = isBase64Encoded ? Buffer.from(text, 'base64') : text;
  const length = Buffer.byteLength(payload);
  response.writeHead(statusCode, { 'content-length': length, ...(headers as Record<string, string>) });
  response.end(request.method === 'HEAD' ? undefined : payload);
}

/**
 * The whole body; undefined where it is larger than Lambda takes. By events, because iterating a stream costs more than an
 * admission.
 */
function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= LARGEST_BODY) return void chunks.push(chunk);
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
  // Every value of a header that came twice, as Lambda joins them: Node.js would show the first Authorization only.
  const headers = Object.fromEntries(
    Object.entries(request.headersDistinct).map(([name, values = []]) => [name, values.join(',')]),
  );
  // Lambda hands over text as it is and everything else as base64.
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
