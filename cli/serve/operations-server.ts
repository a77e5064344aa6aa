// Serves metrics and health checks over HTTP on a port of its own, for the operators of the server.

import { createServer, type Server } from 'node:http';
import type { Metrics } from './metrics.ts';
import type { Readiness, State } from './readiness.ts';
import type { ServerLog } from './server-log.ts';

/** An answer of a health check. */
export interface HealthAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The answer of `/readyz`. */
export function readyAnswer(state: State): HealthAnswer {
  return jsonAnswer(state === 'ready' ? 200 : 503, state);
}

function jsonAnswer(statusCode: number, status: string): HealthAnswer {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ status }) };
}

export function createOperationsServer(
  metrics: Pick<Metrics, 'contentType' | 'text'>,
  readiness: Pick<Readiness, 'state'>,
  log: Pick<ServerLog, 'warn'>,
): Server {
  const answers: Readonly<Record<string, () => HealthAnswer | Promise<HealthAnswer>>> = {
    '/healthz': () => jsonAnswer(200, 'ok'),
    '/readyz': () => readyAnswer(readiness.state),
    '/metrics': async () => ({
      statusCode: 200,
      headers: { 'content-type': metrics.contentType },
      body: await metrics.text(),
    }),
  };
  const server = createServer({ connectionsCheckingInterval: 1_000, requestTimeout: 10_000 }, (request, response) => {
    const path = request.url?.split('?')[0] ?? '';
    const found = Object.hasOwn(answers, path) ? answers[path] : undefined;
    const answer = async () => {
      const { statusCode, headers, body } = found
        ? await found()
        : { ...jsonAnswer(404, 'unknown path; use /metrics, /healthz or /readyz') };
      response.writeHead(statusCode, { ...headers, connection: 'close' });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    answer().catch((error: unknown) => {
      // The webhook on the other port must not end because its metrics cannot be read.
      log.warn('metrics', 'metrics-failed', error instanceof Error ? error.message : String(error));
      const { statusCode, headers, body } = jsonAnswer(500, 'the metrics cannot be read; see the log');
      if (!response.headersSent) response.writeHead(statusCode, { ...headers, connection: 'close' });
      response.end(body);
    });
  });
  server.maxConnections = 50;
  return server;
}
