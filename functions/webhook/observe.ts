// The middleware that observes each request: its duration, one log line and its metrics.

import type { MiddlewareObj } from '@middy/core';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { type LogWriter, logRequest, type RequestLog } from '../../lib/common/log.ts';
import type { Measurements, RecordMetrics } from '../../lib/common/metrics.ts';
import type { ServerRequest } from '../../lib/common/server-request.ts';
import type { WebhookContext } from './receive.ts';
import { type Answer, replyToError } from './reply.ts';

/** Writes the log line and the metrics of each answer, and converts errors to answers. */
export function observe(
  cluster: string | undefined,
  write?: LogWriter,
  record?: RecordMetrics<'webhook'>,
): MiddlewareObj<LambdaFunctionURLEvent, Answer, Error, WebhookContext, { startedAt: number }> {
  let coldStart = true;

  const finish = (startedAt: number, { observed, ...answer }: Answer, server?: Partial<ServerRequest>): Answer => {
    // The health check is not observed.
    if (!observed) return answer;
    const milliseconds = Math.round((performance.now() - startedAt) * 100) / 100;
    const entry: RequestLog = { ...observed.log, status: answer.statusCode ?? 200, milliseconds, coldStart };
    logRequest(cluster, entry, server?.writeLog ?? write);
    record?.(measure(entry, observed.readFailed ?? false));
    server?.observe?.(entry, observed.readFailed ?? false);
    coldStart = false;
    return answer;
  };
  return {
    before: function startClock({ internal }): void {
      internal.startedAt = performance.now();
    },
    after: function observeAnswer(request): void {
      if (request.response) request.response = finish(request.internal.startedAt, request.response, request.context);
    },
    onError: function observeError(request): void {
      request.response = finish(request.internal.startedAt, replyToError(request.error), request.context);
    },
  };
}

/**
 * The metrics of one request.
 *
 * @param readFailed whether objects of the cluster could not be read.
 */
export function measure(entry: RequestLog, readFailed: boolean): Measurements<'webhook'> {
  const { outcome, status, providers, reads, milliseconds, coldStart } = entry;
  return {
    Duration: milliseconds,
    ...(status === 200 && { Admissions: 1 }),
    ...(status >= 500 && { Errors: 1 }),
    ...(outcome === 'refused' && { Refused: 1 }),
    ...(outcome === 'denied' && { Denials: 1 }),
    ...(providers !== undefined && { Injections: 1 }),
    ...(readFailed && { ReadFailures: 1 }),
    ...(reads !== undefined && { ClusterReads: reads }),
    ...(coldStart && { ColdStarts: 1 }),
  };
}
