// From what was decided to what goes back: AdmissionReviews, errors as metav1.Status, and the request's log line.

import type { MiddlewareObj } from '@middy/core';
import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import type { Advice } from '../../lib/admission/advise.ts';
import type { Decision } from '../../lib/admission/decide.ts';
import type { Verdict } from '../../lib/admission/mutate.ts';
import { asWarning, describeFinding, type Finding } from '../../lib/annotations/findings.ts';
import { type ClusterReadError, CwiiError, ReviewError } from '../../lib/common/errors.ts';
import { errorChain, type LogWriter, logRequest, type RequestLog } from '../../lib/common/log.ts';
import type { RecordMetrics } from '../../lib/common/metrics.ts';
import type { AdmissionRequest } from '../../lib/kubernetes/review.ts';
import { RequestError } from './decode.ts';
import { measure } from './measure.ts';

/** An answer, and what the log says of it. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
  readonly log: Omit<RequestLog, 'status' | 'milliseconds' | 'coldStart'>;
  /** Objects of the cluster could not be read. */
  readonly readFailed?: true;
}

/** The API server passes on some 4,000 characters of warnings in all. */
const MOST_LINES = 16;

/** AdmissionResponse of admission.k8s.io/v1, as far as it is used. */
interface AdmissionResponse {
  uid: string;
  allowed: boolean;
  patchType?: 'JSONPatch';
  patch?: string;
  warnings?: string[];
  auditAnnotations?: Record<string, string>;
  status?: { code: number; reason: string; message: string };
}

export function replyToVerdict(request: AdmissionRequest, verdict: Verdict): Reply {
  const { uid } = request;
  if (verdict.kind === 'skipped') {
    const response = { uid, allowed: true, auditAnnotations: { outcome: 'skipped', reason: verdict.reason } };
    return review(response, { outcome: 'skipped', code: verdict.reason, ...identify(request) });
  }
  const log = { ...identify(request), ...describeDecision(verdict) };
  if (verdict.kind === 'denied') {
    const response = {
      uid,
      allowed: false,
      status: forbidden(denial(verdict.findings)),
      ...annotate(verdict, 'denied'),
    };
    return review(response, { outcome: 'denied', ...log });
  }
  const patch = verdict.patch.length > 0 && {
    patchType: 'JSONPatch' as const,
    patch: Buffer.from(JSON.stringify(verdict.patch)).toString('base64'),
  };
  const outcome = verdict.injected.length > 0 ? 'injected' : 'nothing';
  return review({ uid, allowed: true, ...patch, ...annotate(verdict, outcome) }, { outcome: 'admitted', ...log });
}

/** Advice is allowed whatever it says; even a refusal to come is only a warning here. */
export function replyToAdvice(request: AdmissionRequest, { summary, findings, reads }: Advice): Reply {
  const warnings = [
    ...(summary ? [asWarning(summary)] : []),
    ...describeAll(findings, 'deny'),
    ...describeAll(findings, 'warn'),
  ];
  const response = {
    uid: request.uid,
    allowed: true,
    ...(warnings.length > 0 && { warnings }),
    auditAnnotations: { outcome: 'advised' },
  };
  const said = findings.length > 0 && { findings: codes({ findings }) };
  return review(response, { outcome: 'advised', ...identify(request), ...said, reads });
}

/** Advice that cannot be given stops nobody. */
export function replyToUnreadable(request: AdmissionRequest, error: ClusterReadError): Reply {
  const response = { uid: request.uid, allowed: true, auditAnnotations: { outcome: 'unadvised', reason: error.code } };
  const log = { code: error.code, ...identify(request), reads: error.attempts, error: errorChain(error) };
  return { ...review(response, { outcome: 'unadvised', ...log }), readFailed: true };
}

/** A failed call, which failurePolicy decides; or a refusal, which holds under failurePolicy Ignore too. */
export function replyToReadFailure(
  request: AdmissionRequest,
  error: ClusterReadError,
  onReadFailure: 'fail' | 'deny',
): Reply {
  const log = { code: error.code, ...identify(request), reads: error.attempts, error: errorChain(error) };
  const message = `cwii: ${error.message}`;
  if (onReadFailure === 'fail')
    return {
      status: 503,
      body: status(503, error.code, message),
      log: { outcome: 'failed', ...log },
      readFailed: true,
    };
  const response = {
    uid: request.uid,
    allowed: false,
    status: forbidden(
      `${message}; the cluster owner has chosen to refuse pods until it can be (CWII_ON_READ_FAILURE=deny)`,
    ),
    auditAnnotations: { outcome: 'denied', reason: error.code },
  };
  return { ...review(response, { outcome: 'denied', ...log }), readFailed: true };
}

/** Sends the handler's reply, or the error's, logs one line of it and records its metrics. */
export function answerAndLog(
  cluster: string | undefined,
  write?: LogWriter,
  record?: RecordMetrics<'webhook'>,
): MiddlewareObj<LambdaFunctionURLEvent, unknown> {
  let coldStart = true;
  /** By the middleware's request, not by the event: an event need not be an object. */
  const began = new WeakMap<object, number>();

  const send = (request: object, reply: Reply): LambdaFunctionURLResult => {
    const milliseconds = Math.round((performance.now() - (began.get(request) ?? Number.NaN)) * 100) / 100;
    const entry: RequestLog = { ...reply.log, status: reply.status, milliseconds, coldStart };
    logRequest(cluster, entry, write);
    record?.(measure(entry, reply.readFailed ?? false));
    coldStart = false;
    return {
      statusCode: reply.status,
      headers: { 'content-type': 'application/json', ...reply.headers },
      body: JSON.stringify(reply.body),
    };
  };
  return {
    before: function startClock(request): void {
      began.set(request, performance.now());
    },
    after: function answer(request): void {
      request.response = send(request, request.response as Reply);
    },
    onError: function answerError(request): void {
      request.response = send(request, replyToError(request.error));
    },
  };
}

function replyToError(error: unknown): Reply {
  if (error instanceof RequestError) {
    const body = status(error.status, error.code, error.message);
    return { status: error.status, headers: error.headers, body, log: { outcome: 'refused', code: error.code } };
  }
  if (error instanceof ReviewError) {
    return {
      status: 400,
      body: status(400, error.code, error.message),
      log: { outcome: 'refused', code: error.code, error: error.message },
    };
  }
  const code = error instanceof CwiiError ? error.code : 'internal-error';
  const message = "cwii: an internal error; the function's log has its cause";
  return { status: 500, body: status(500, code, message), log: { outcome: 'failed', code, error: errorChain(error) } };
}

function review(response: AdmissionResponse, log: Reply['log']): Reply {
  return { status: 200, body: { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }, log };
}

/** metav1.Status: of a failed call the API server shows its message. `reason` is our stable code. */
function status(httpStatus: number, code: string, message: string): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason: code, code: httpStatus };
}

function forbidden(message: string): AdmissionResponse['status'] & object {
  return { code: 403, reason: 'Forbidden', message };
}

function denial(findings: readonly Finding[]): string {
  return `cwii: ${describeAll(findings, 'deny').join('; ')}`;
}

/** The findings as lines; what is more than anybody reads is only counted, so that no pod makes an answer grow. */
function describeAll(findings: readonly Finding[], severity: Finding['severity']): string[] {
  const chosen = findings.filter((finding) => finding.severity === severity);
  const lines = chosen.slice(0, MOST_LINES).map(describeFinding);
  return chosen.length > MOST_LINES
    ? [...lines, `cwii has ${chosen.length - MOST_LINES} more findings of this kind`]
    : lines;
}

function annotate(decision: Decision, outcome: string): Pick<AdmissionResponse, 'warnings' | 'auditAnnotations'> {
  const warnings = describeAll(decision.findings, 'warn');
  return {
    ...(warnings.length > 0 && { warnings }),
    auditAnnotations: {
      outcome,
      ...(decision.injected.length > 0 && { providers: decision.injected.join(',') }),
      ...(decision.findings.length > 0 && { findings: codes(decision).join(',') }),
    },
  };
}

function codes({ findings }: Pick<Decision, 'findings'>): string[] {
  return [...new Set(findings.map(({ code }) => code))];
}

/** Longer than any that the API server makes (a uid has 36 characters, a namespace 63 at most). */
const LONGEST_LOGGED = 64;

/** The request for the log; cut, so that no caller makes the log grow. */
function identify({ uid, namespace, dryRun }: AdmissionRequest): Partial<RequestLog> {
  const cut = (text: string) => text.slice(0, LONGEST_LOGGED);
  return { uid: cut(uid), ...(namespace && { namespace: cut(namespace) }), ...(dryRun && { dryRun }) };
}

function describeDecision(decision: Decision): Partial<RequestLog> {
  return {
    pod: decision.pod.displayName,
    ...(decision.injected.length > 0 && { providers: decision.injected }),
    ...(decision.findings.length > 0 && { findings: codes(decision) }),
    reads: decision.reads,
  };
}
