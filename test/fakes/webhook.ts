// Starts the whole admission function with a configuration, a cluster reader and a captured log.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import type { VerifyCaller } from '../../functions/webhook/caller.ts';
import { createHandler } from '../../functions/webhook/handler.ts';
import type { ClusterReader } from '../../lib/cluster/reader.ts';
import type { LogWriter } from '../../lib/common/log.ts';
import type { ServerRequest } from '../../lib/common/server-request.ts';
import { parseConfig } from '../../lib/settings/webhook-config.ts';
import { assertDiscreet, secretsOf } from './discreet-log.ts';
import { callerToken, digestOf } from './secrets.ts';

/** The function's answer to the API server. */
export interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export interface Webhook {
  /** The lines of the log. */
  readonly log: string[];
  readonly write: LogWriter;
  /** @param request what `cwii serve` passes in place of Lambda's context. */
  call(event: LambdaFunctionURLEvent, request?: ServerRequest): Promise<Answer>;
}

export function startWebhook(
  options: {
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly reader?: ClusterReader;
    readonly verifyCaller?: VerifyCaller;
  } = {},
): Webhook {
  const log: string[] = [];
  const write: LogWriter = (line) => void log.push(line);
  const handler = createHandler({
    config: parseConfig({ CWII_CALLER_TOKEN_SHA256: digestOf(callerToken).toString('hex'), ...options.env }),
    reader: options.reader,
    verifyCaller: options.verifyCaller,
    writeLog: write,
  });
  return {
    log,
    write,
    call: async (event, request) => {
      const before = log.length;
      const result = await handler(event, request);
      assertDiscreet(log.slice(before), secretsOf(event));
      if (typeof result === 'string') throw new Error(`the handler answered with text instead of an object: ${result}`);
      return { status: result.statusCode, headers: result.headers ?? {}, text: result.body ?? '' };
    },
  };
}

/** The response form of an AdmissionReview (admission.k8s.io/v1). */
export interface AnsweredReview {
  apiVersion: string;
  kind: string;
  response: {
    uid: string;
    allowed: boolean;
    patchType?: string;
    patch?: string;
    warnings?: string[];
    auditAnnotations?: Record<string, string>;
    status?: { code: number; reason: string; message: string };
  };
}

export function reviewIn(answer: Answer): AnsweredReview {
  return JSON.parse(answer.text);
}

/** metav1.Status. */
export interface AnsweredStatus {
  apiVersion: string;
  kind: string;
  status: string;
  code: number;
  reason: string;
  message: string;
}

export function statusIn(answer: Answer): AnsweredStatus {
  return JSON.parse(answer.text);
}
