// Judges an answer: rules that hold for any event.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { callerToken, pathKey } from '../fakes/secrets.ts';
import { bodyOf, judgeReview } from './judge-review.ts';
import { canary } from './odd-values.ts';
import type { Outcome, Target } from './targets.ts';

/** Far more than any answer needs on a busy machine: only a request that hangs takes longer. */
const LONGEST_MS = 10_000;

/**
 * Maximum characters of a log line and of an answer without its patch, for any request.
 */
const LONGEST_LINE = 8 * 1024;
const LONGEST_ANSWER = 32 * 1024;

const CLIENT_ERRORS = new Set([400, 401, 404, 405, 413, 415]);

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** The problem of an outcome; undefined if there is none. */
export function judge(event: LambdaFunctionURLEvent, target: Target, outcome: Outcome): string | undefined {
  if (outcome.thrown !== undefined) return `it threw ${String(outcome.thrown)}`;
  if (outcome.milliseconds > LONGEST_MS) return `the answer took ${Math.round(outcome.milliseconds)} ms`;
  if (Object.keys(Object.prototype).length > 0) return 'Object.prototype has a new property';
  const answer = answerOf(outcome.result);
  if (typeof answer === 'string') return answer;
  return (
    judgeStatus(event, target, answer) ??
    judgeLog(answer, outcome.log) ??
    judgeSecrets(answer.text, 'the answer') ??
    judgeBody(event, answer)
  );
}

/** The answer that the Function URL sends, or the problem of its form. */
export function answerOf(result: unknown): Answer | string {
  if (typeof result !== 'object' || result === null) return `the result is ${JSON.stringify(result)}`;
  const { statusCode, headers, body } = result as { statusCode?: unknown; headers?: unknown; body?: unknown };
  if (typeof statusCode !== 'number') return `the status is ${JSON.stringify(statusCode)}`;
  if (typeof body !== 'string') return `the body is ${typeof body}`;
  const type = (headers as Record<string, unknown> | undefined)?.['content-type'];
  if (type !== 'application/json') return `the content type is ${JSON.stringify(type)}`;
  return { status: statusCode, text: body };
}

function judgeStatus(event: LambdaFunctionURLEvent, target: Target, { status }: Answer): string | undefined {
  if (typeof event !== 'object' || event === null)
    return status === 400 ? undefined : `${status} for a value that is not an event`;
  const isHealthCheck = event.rawPath === '/healthz';
  if (!isHealthCheck && !isAuthentic(event, target) && status !== 401) return `${status} for a caller without a token`;
  if (status === 200 || CLIENT_ERRORS.has(status)) return undefined;
  const excused = target.cluster !== undefined || (target.readsSettings && isLate(event));
  return status === 503 && excused ? undefined : `the status is ${status}`;
}

/**
 * Whether most of the caller's timeout was over when the event came, so that there may be no time for a read.
 */
function isLate({ requestContext }: LambdaFunctionURLEvent): boolean {
  return Date.now() - Number(requestContext?.timeEpoch) > 3_000;
}

/** A second implementation of the check, without regular expressions. */
function isAuthentic(event: LambdaFunctionURLEvent, { takesPathKey }: Target): boolean {
  if (takesPathKey && event.rawPath === `/k/${pathKey}`) return true;
  const sent: unknown = event.headers?.['authorization'];
  if (typeof sent !== 'string' || sent.slice(0, 7).toLowerCase() !== 'bearer ') return false;
  return trimSpaces(sent.slice(7)) === callerToken;
}

function trimSpaces(text: string): string {
  let [from, to] = [0, text.length];
  while (text[from] === ' ') from += 1;
  while (to > from && text[to - 1] === ' ') to -= 1;
  return text.slice(from, to);
}

function judgeLog({ status, text }: Answer, log: readonly string[]): string | undefined {
  const isHealth = status === 200 && (text === '' || text === '{"status":"ok"}');
  if (log.length !== (isHealth ? 0 : 1)) return `there are ${log.length} log lines`;
  const line = log[0];
  if (line === undefined) return undefined;
  if (line.length > LONGEST_LINE) return `the log line has ${line.length} characters`;
  if (!/^\{[^\n]*\}\n$/.test(line)) return 'the log line is not one line of JSON';
  if ((JSON.parse(line) as { status: unknown }).status !== status) return 'the log has another status';
  return judgeSecrets(line, 'the log line');
}

function judgeSecrets(text: string, where: string): string | undefined {
  const found = [callerToken, pathKey, canary].find((secret) => text.includes(secret));
  return found && `${where} contains ${found}`;
}

function judgeBody(event: LambdaFunctionURLEvent, answer: Answer): string | undefined {
  const { status, text } = answer;
  if (text === '' && status === 200) return undefined;
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(text);
  } catch {
    return 'the answer is not JSON';
  }
  if (status !== 200) {
    if (text.length > LONGEST_ANSWER) return `the answer has ${text.length} characters`;
    const { kind, apiVersion, status: failure, code, reason, message } = body;
    const isStatus = kind === 'Status' && apiVersion === 'v1' && failure === 'Failure' && code === status;
    const isExplained = typeof reason === 'string' && typeof message === 'string' && message !== '';
    return isStatus && isExplained ? undefined : `the answer is not a metav1.Status: ${text.slice(0, 200)}`;
  }
  if (body['status'] === 'ok') return undefined;
  return judgeReview(bodyOf(event), body, LONGEST_ANSWER);
}
