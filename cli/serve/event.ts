// Converts the head of an HTTP request to a Function URL event (payload format 2.0), as Lambda does.

import type { IncomingMessage } from 'node:http';
import type { LambdaFunctionURLEvent } from 'aws-lambda';

/** The event without its body, which the function reads when the caller is authenticated. */
export function toEvent(request: IncomingMessage): LambdaFunctionURLEvent {
  const timeEpoch = Date.now();
  const target = request.url ?? '/';
  const query = target.indexOf('?');
  const rawPath = query === -1 ? target : target.slice(0, query);
  const headers = headersOf(request.rawHeaders);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: query === -1 ? '' : target.slice(query + 1),
    headers,
    requestContext: {
      accountId: 'anonymous',
      apiId: 'local',
      domainName: headers['host'] ?? 'localhost',
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
    isBase64Encoded: false,
  };
}

/**
 * Lambda joins the values of a repeated header. `request.headers` would have only the first Authorization.
 *
 * @param raw names and values in turns, as they were sent.
 */
function headersOf(raw: readonly string[]): Record<string, string> {
  // Without a prototype, so that a header __proto__ is a header like any other.
  const headers: Record<string, string> = Object.create(null);
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]?.toLowerCase() ?? '';
    const value = raw[index + 1] ?? '';
    const earlier = headers[name];
    headers[name] = earlier === undefined ? value : `${earlier},${value}`;
  }
  return headers;
}
