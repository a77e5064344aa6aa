// Sends one event and judges the answer; then sends the patched pod again.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { eventOf } from '../fakes/events.ts';
import type { FuzzCase } from './generate.ts';
import { answerOf, judge } from './judge.ts';
import { applied, bodyOf, isDeep, operationsOf } from './judge-review.ts';
import type { Checked } from './subject.ts';
import { send, type Target } from './targets.ts';

interface AnsweredReview {
  readonly response?: {
    readonly patch?: string;
    readonly allowed: boolean;
    readonly auditAnnotations?: { outcome?: string };
  };
}

export async function check(
  { event, target: number, clusterSeed, clusterFails }: FuzzCase,
  targets: readonly Target[],
): Promise<Checked> {
  const target = targets[number] as Target;
  if (target.cluster) Object.assign(target.cluster, { seed: clusterSeed, failing: clusterFails });
  const outcome = await send(target, event);
  const { milliseconds } = outcome;
  const problem = judge(event, target, outcome);
  if (problem !== undefined) return { problem, kind: 'violation', milliseconds };

  const answer = answerOf(outcome.result);
  if (typeof answer === 'string') return { problem: answer, kind: 'violation', milliseconds };
  if (answer.status !== 200) return { problem, kind: String(answer.status), milliseconds };
  const review: AnsweredReview = answer.text === '' ? {} : JSON.parse(answer.text);
  const kind = `200 ${review.response?.auditAnnotations?.outcome ?? 'health'}`;
  const patch = review.response?.patch;
  const again = patch === undefined ? undefined : await checkAgain(event, target, patch);
  return { problem: again, kind: again ? 'violation' : kind, milliseconds };
}

/** @returns a problem if a second admission changes or refuses the patched pod. */
async function checkAgain(event: LambdaFunctionURLEvent, target: Target, patch: string): Promise<string | undefined> {
  const sent = bodyOf(event);
  if (isDeep(sent)) return undefined;
  const review = JSON.parse(sent) as { request: { object: unknown } };
  review.request.object = applied(review.request.object, operationsOf(patch));
  const second = eventOf(review);
  const outcome = await send(target, second);
  const problem = judge(second, target, outcome);
  if (problem !== undefined) return `on a second admission: ${problem}`;
  const answer = answerOf(outcome.result);
  if (typeof answer === 'string' || answer.status !== 200) return 'on a second admission there is no AdmissionReview';
  const { response } = JSON.parse(answer.text) as AnsweredReview;
  if (response?.allowed !== true) return 'on a second admission the pod is refused';
  return response.patch === undefined ? undefined : 'on a second admission there is a patch';
}
