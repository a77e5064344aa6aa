// The middleware stack of the admission function: what happens around one admission, in order.

import middy from '@middy/core';
import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { advise, advisedKind } from '../../lib/admission/advise.ts';
import { type MutateContext, mutate } from '../../lib/admission/mutate.ts';
import type { ClusterReader } from '../../lib/cluster/reader.ts';
import { Deadline } from '../../lib/common/deadline.ts';
import { ClusterReadError } from '../../lib/common/errors.ts';
import type { LogWriter } from '../../lib/common/log.ts';
import type { RecordMetrics } from '../../lib/common/metrics.ts';
import { type AdmissionRequest, readReview } from '../../lib/kubernetes/review.ts';
import type { Config } from '../../lib/settings/webhook-config.ts';
import { answerHealth, authenticate } from './caller.ts';
import { decode } from './decode.ts';
import {
  answerAndLog,
  type Reply,
  replyToAdvice,
  replyToReadFailure,
  replyToUnreadable,
  replyToVerdict,
} from './respond.ts';

export interface Ports {
  readonly config: Config;
  /** Absent where only pods' own annotations count. */
  readonly reader: ClusterReader | undefined;
  /** Where log lines go; standard output if absent. */
  readonly writeLog?: LogWriter;
  /** Absent where nobody reads metrics. */
  readonly recordMetrics?: RecordMetrics<'webhook'> | undefined;
}

export type WebhookHandler = (event: LambdaFunctionURLEvent, context?: object) => Promise<LambdaFunctionURLResult>;

export function createHandler({ config, reader, writeLog, recordMetrics }: Ports): WebhookHandler {
  async function admit(event: LambdaFunctionURLEvent): Promise<Reply> {
    const { body, budgetMs } = decode(event, config.deadlineMarginMs);
    const deadline = new Deadline(budgetMs);
    try {
      return await answer(await readReview(body), { settings: config.mutate, reader, deadline });
    } finally {
      // As `using` would have it, which V8 still takes forty times as long for.
      deadline[Symbol.dispose]();
    }
  }

  async function answer(request: AdmissionRequest, context: MutateContext): Promise<Reply> {
    const advised = advisedKind(request, config.mutate.ownerKinds);
    try {
      if (advised) return replyToAdvice(request, await advise(advised, request, context));
      return replyToVerdict(request, await mutate(request, context));
    } catch (error) {
      if (advised && error instanceof ClusterReadError) return replyToUnreadable(request, error);
      if (error instanceof ClusterReadError) return replyToReadFailure(request, error, config.onReadFailure);
      throw error;
    }
  }

  // The stack's types describe one event and one result; here the answer is made of the handler's reply at the end.
  const stack = middy<LambdaFunctionURLEvent, unknown>({ timeoutEarlyInMillis: 0 })
    .use(answerAndLog(config.clusterName, writeLog, recordMetrics))
    .use(answerHealth())
    .use(authenticate(config.callers))
    .handler(admit);
  return stack as unknown as WebhookHandler;
}
