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
  if (patch === undefined) return { problem, kind, milliseconds };
  // The same pod in another cluster, with other settings: what cwii wrote changes there, once.
  const other = targets[(number + 1) % targets.length] as Target;
  if (other.cluster) Object.assign(other.cluster, { seed: clusterSeed, failing: false });
  const again = (await checkAgain(event, target, patch)) ?? (await checkElsewhere(event, other, patch));
  return { problem: again, kind: again ? 'violation' : kind, milliseconds };
}

/** @returns a problem if a second admission changes or refuses the patched pod. */
async function checkAgain(event: LambdaFunctionURLEvent, target: Target, patch: string): Promise<string | undefined> {
  const answered = await admitPatched(event, target, patch);
  if (typeof answered !== 'object') return answered && `on a second admission: ${answered}`;
  const { response } = answered.review;
  if (response?.allowed !== true) return 'on a second admission the pod is refused';
  return response.patch === undefined ? undefined : 'on a second admission there is a patch';
}

/** @returns a problem if a function with other settings judges its own output in another way. */
async function checkElsewhere(
  event: LambdaFunctionURLEvent,
  target: Target,
  patch: string,
): Promise<string | undefined> {
  const answered = await admitPatched(event, target, patch);
  if (typeof answered !== 'object') return answered && `with other settings: ${answered}`;
  const changed = answered.review.response?.patch;
  if (changed === undefined) return undefined;
  const problem = await checkAgain(answered.event, target, changed);
  return problem && `with other settings: ${problem}`;
}

interface Admitted {
  readonly event: LambdaFunctionURLEvent;
  readonly review: AnsweredReview;
}

/** Sends the patched pod. @returns the answer, or a problem; undefined if the pod cannot be sent again. */
async function admitPatched(
  event: LambdaFunctionURLEvent,
  target: Target,
  patch: string,
): Promise<Admitted | string | undefined> {
  const sent = bodyOf(event);
  if (isDeep(sent)) return undefined;
  const review = JSON.parse(sent) as { request: { object: unknown } };
  review.request.object = applied(review.request.object, operationsOf(patch));
  const next = eventOf(review);
  const outcome = await send(target, next);
  const problem = judge(next, target, outcome);
  if (problem !== undefined) return problem;
  const answer = answerOf(outcome.result);
  if (typeof answer === 'string' || answer.status !== 200) return 'there is no AdmissionReview';
  return { event: next, review: JSON.parse(answer.text) as AnsweredReview };
}
