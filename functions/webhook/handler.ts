// The middleware stack of the admission function, and the way of one request through it.

import middy from '@middy/core';
import type { Context, LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { adviseOnScope, adviseOnWorkload } from '../../lib/admission/advise.ts';
import { adviseOnUnlabelled } from '../../lib/admission/advise-unlabelled.ts';
import { type AdmissionContext, mutate } from '../../lib/admission/mutate.ts';
import { mutateDebug } from '../../lib/admission/mutate-debug.ts';
import { route } from '../../lib/admission/route.ts';
import type { ClusterReader } from '../../lib/cluster/reader.ts';
import { Deadline } from '../../lib/common/deadline.ts';
import { ClusterReadError } from '../../lib/common/errors.ts';
import type { LogWriter } from '../../lib/common/log.ts';
import type { RecordMetrics } from '../../lib/common/metrics.ts';
import type { ServerRequest } from '../../lib/common/server-request.ts';
import { type AdmissionRequest, readReview } from '../../lib/kubernetes/review.ts';
import type { Config } from '../../lib/settings/webhook-config.ts';
import { answerHealth, authenticate, checkCallerGroups, type VerifyCaller } from './caller.ts';
import { decode } from './decode.ts';
import { observe } from './observe.ts';
import { receive, type WebhookContext } from './receive.ts';
import {
  type Answer,
  replyToAdvice,
  replyToDecision,
  replyToReadFailure,
  replyToRejection,
  replyToSkip,
  replyWithoutAdvice,
} from './reply.ts';

export interface Ports {
  readonly config: Config;
  /** Undefined if only pods' own annotations count. */
  readonly reader: ClusterReader | undefined;
  /** Absent if callers may not present tokens of the cluster's issuer. */
  readonly verifyCaller?: VerifyCaller | undefined;
  /** The destination of log lines; standard output if absent. */
  readonly writeLog?: LogWriter;
  /** Absent if metrics are not collected. */
  readonly recordMetrics?: RecordMetrics<'webhook'> | undefined;
}

/** A server passes a ServerRequest in place of Lambda's context. */
export type WebhookHandler = (
  event: LambdaFunctionURLEvent,
  context?: Context | ServerRequest,
) => Promise<LambdaFunctionURLResult>;

export function createHandler({ config, reader, verifyCaller, writeLog, recordMetrics }: Ports): WebhookHandler {
  async function admit(event: LambdaFunctionURLEvent, context: WebhookContext): Promise<Answer> {
    const { body, remainingMs, unlabelled } = decode(await receive(event, context), config.deadlineMarginMs);
    using deadline = new Deadline(remainingMs);
    const request = readReview(body);
    checkCallerGroups(request, context);
    return await answer(request, { settings: config.mutate, reader, deadline }, unlabelled);
  }

  async function answer(request: AdmissionRequest, context: AdmissionContext, unlabelled: boolean): Promise<Answer> {
    const routed = route(request, config.mutate.ownerKinds);
    if (unlabelled && 'objectKind' in routed)
      return replyToAdvice(request, await adviseOnUnlabelled(routed.objectKind, request, context));
    switch (routed.kind) {
      case 'skip':
        return replyToSkip(request, routed.reason);
      case 'reject':
        return replyToRejection(request, routed.code);
      case 'advise-scope':
        return replyToAdvice(request, await adviseOnScope(routed.objectKind, request, context));
      case 'advise-workload':
        return await adviseOnWorkload(routed.objectKind, request, context).then(
          (advice) => replyToAdvice(request, advice),
          onReadError((error) => replyWithoutAdvice(request, error)),
        );
      case 'mutate-debug':
        return await mutateDebug(request, context).then(
          (decision) => replyToDecision(request, decision),
          // Somebody debugs, perhaps because the cluster does not answer: this never denies.
          onReadError((error) => replyToReadFailure(request, error, 'fail')),
        );
      case 'mutate':
        return await mutate(request, context).then(
          (decision) => replyToDecision(request, decision),
          onReadError((error) => replyToReadFailure(request, error, config.onReadFailure)),
        );
    }
  }

  const stack = middy<LambdaFunctionURLEvent, Answer, Error, WebhookContext>({ timeoutEarlyInMillis: 0 })
    .use(observe(config.clusterName, writeLog, recordMetrics))
    .use(answerHealth())
    .use(authenticate(config.callers, verifyCaller))
    .handler(admit);
  return async (event, context) => await stack(event, context as WebhookContext);
}

/** Answers a failed read of the cluster; other errors are defects or invalid requests. */
function onReadError(reply: (error: ClusterReadError) => Answer): (error: unknown) => Answer {
  return (error) => {
    if (error instanceof ClusterReadError) return reply(error);
    throw error;
  };
}
