// Replies: the answer to an AdmissionReview or to an error, and the fields of its log line.

import type { LambdaFunctionURLResult } from 'aws-lambda';
import type { Advice } from '../../lib/admission/advise.ts';
import type { Decision } from '../../lib/admission/mutate.ts';
import type { SkipReason } from '../../lib/admission/route.ts';
import { asWarning, describeFinding, type Finding } from '../../lib/annotations/findings.ts';
import { type ClusterReadError, CwiiError, ReviewError } from '../../lib/common/errors.ts';
import { fieldOf } from '../../lib/common/json.ts';
import { errorChain, type RequestLog } from '../../lib/common/log.ts';
import { MAX_ANNOTATION_BYTES } from '../../lib/kubernetes/annotation-size.ts';
import { displayName, LONGEST_DISPLAY_NAME } from '../../lib/kubernetes/names.ts';
import type { AdmissionRequest } from '../../lib/kubernetes/review.ts';
import { RequestError } from './decode.ts';

/** The log line of a request without its times, and whether the cluster could be read. */
export interface Observation {
  readonly log: Omit<RequestLog, 'status' | 'milliseconds' | 'coldStart'>;
  /** Objects of the cluster could not be read. */
  readonly readFailed?: true;
}

/** The function's result; `observed` is removed from it before it is returned to Lambda. */
export type Answer = Exclude<LambdaFunctionURLResult, string> & { readonly observed?: Observation };

/** More lines than anybody reads. The API server passes on some 4,000 characters of warnings in all. */
const MOST_LINES = 16;

/** AdmissionResponse of admission.k8s.io/v1 without the patch, as far as it is used. */
interface AdmissionResponse {
  uid: string;
  allowed: boolean;
  warnings?: string[];
  auditAnnotations?: Record<string, string>;
  status?: { code: number; reason: string; message: string };
}

/** Allows a request that cwii does not look at. */
export function replyToSkip(request: AdmissionRequest, reason: SkipReason): Answer {
  const response = { uid: request.uid, allowed: true, auditAnnotations: { outcome: 'skipped', reason } };
  return review(response, { log: { outcome: 'skipped', code: reason, ...identify(request) } });
}

/** Denies a pod that the API server would reject after the webhooks, so that it costs no more work. */
export function replyToRejection(request: AdmissionRequest, code: 'annotations-too-large'): Answer {
  const message = `cwii: the annotations exceed the ${MAX_ANNOTATION_BYTES} bytes that Kubernetes allows; remove or shorten some`;
  const auditAnnotations = { outcome: 'denied', reason: code };
  const response = { uid: request.uid, allowed: false, status: forbidden(message), auditAnnotations };
  return review(response, { log: { outcome: 'denied', code, ...identify(request) } });
}

export function replyToDecision(request: AdmissionRequest, decision: Decision): Answer {
  const { uid } = request;
  const log = { ...identify(request), ...describeDecision(decision) };
  if (decision.kind === 'denied') {
    const message = `cwii: ${describeAll(decision.findings, 'deny').join('; ')}`;
    const response = { uid, allowed: false, status: forbidden(message), ...annotate(decision, 'denied') };
    return review(response, { log: { outcome: 'denied', ...log } });
  }
  const patch = decision.patch.length > 0 ? Buffer.from(JSON.stringify(decision.patch)).toString('base64') : undefined;
  const outcome = decision.injected.length > 0 ? 'injected' : 'nothing';
  const response = { uid, allowed: true, ...annotate(decision, outcome) };
  return review(response, { log: { outcome: 'admitted', ...log } }, patch);
}

/** Advice never denies: even a coming denial is only a warning here. */
export function replyToAdvice(request: AdmissionRequest, { summary, findings, reads }: Advice): Answer {
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
  const found = findings.length > 0 && { findings: codesOf(findings) };
  return review(response, { log: { outcome: 'advised', ...identify(request), ...found, reads } });
}

/**
 * Advice that is not possible because the cluster cannot be read. The request is allowed. If the cause lasts,
 * such as a missing permission, pods will fail too, so it is a warning and an error in the log.
 */
export function replyWithoutAdvice(request: AdmissionRequest, error: ClusterReadError): Answer {
  const response = {
    uid: request.uid,
    allowed: true,
    ...(error.lasting && { warnings: [asWarning(`cwii: no advice: ${error.message}`)] }),
    auditAnnotations: { outcome: 'unadvised', reason: error.code },
  };
  const level = error.lasting && ({ level: 'error' } as const);
  const log = { outcome: 'unadvised', ...level, ...describeReadFailure(request, error) };
  return review(response, { log, readFailed: true });
}

/**
 * A failed call, for which the failurePolicy decides; or a denial, which holds under failurePolicy Ignore
 * too.
 */
export function replyToReadFailure(
  request: AdmissionRequest,
  error: ClusterReadError,
  onReadFailure: 'fail' | 'deny',
): Answer {
  const log = describeReadFailure(request, error);
  const message = `cwii: ${error.message}`;
  if (onReadFailure === 'fail') {
    return failure(503, error.code, message, { log: { outcome: 'failed', ...log }, readFailed: true });
  }
  const response = {
    uid: request.uid,
    allowed: false,
    status: forbidden(`${message}; this cluster denies pods in that case (CWII_ON_READ_FAILURE=deny)`),
    auditAnnotations: { outcome: 'denied', reason: error.code },
  };
  return review(response, { log: { outcome: 'denied', ...log }, readFailed: true });
}

export function replyToError(error: unknown): Answer {
  if (error instanceof RequestError) {
    const observed = { log: { outcome: 'refused', code: error.code, ...error.logged } };
    return failure(error.status, error.code, error.message, observed, error.headers);
  }
  if (error instanceof ReviewError) {
    const log = { outcome: 'refused', code: error.code, error: error.message };
    return failure(400, error.code, error.message, { log });
  }
  const code = error instanceof CwiiError ? error.code : 'internal-error';
  const log = { outcome: 'failed', code, error: errorChain(error) };
  return failure(500, code, "cwii: internal error; see the function's log for the cause", { log });
}

/**
 * @param patch in base64, which needs no escapes. It is the largest part of an answer, and JSON.stringify
 * would examine each of its characters.
 */
function review(response: AdmissionResponse, observed: Observation, patch?: string): Answer {
  const body = JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response });
  const whole = patch && `${body.slice(0, -2)},"patchType":"JSONPatch","patch":"${patch}"}}`;
  return answer(200, whole ?? body, observed);
}

/** A metav1.Status: the API server shows the message of a failed call. `reason` is cwii's stable code. */
function failure(
  httpStatus: number,
  reason: string,
  message: string,
  observed: Observation,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    code: httpStatus,
  };
  return answer(httpStatus, JSON.stringify(status), observed, headers);
}

function answer(
  statusCode: number,
  body: string,
  observed: Observation,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', ...headers },
    body,
    observed,
  };
}

function forbidden(message: string): AdmissionResponse['status'] & object {
  return { code: 403, reason: 'Forbidden', message };
}

/** The findings as lines. Above the limit they are only counted, so that no pod can make an answer grow. */
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
      ...(decision.findings.length > 0 && { findings: codesOf(decision.findings).join(',') }),
    },
  };
}

function codesOf(findings: readonly Finding[]): string[] {
  return [...new Set(findings.map(({ code }) => code))];
}

/** Longer than any value of the API server (a uid has 36 characters, a namespace 63 at most). */
const LONGEST_LOGGED = 64;

/** The request for the log, cut so that no caller can make the log grow. */
function identify(request: AdmissionRequest): Partial<RequestLog> {
  const { uid, namespace, dryRun, kind } = request;
  const cut = (text: string) => text.slice(0, LONGEST_LOGGED);
  const object = objectName(request)?.slice(0, LONGEST_DISPLAY_NAME);
  return {
    uid: cut(uid),
    ...(namespace && { namespace: cut(namespace) }),
    ...(object && isPod(request)
      ? { pod: object }
      : { ...(kind?.kind && { kind: cut(kind.kind) }), ...(object && { object }) }),
    ...(dryRun && { dryRun }),
  };
}

function isPod({ kind }: AdmissionRequest): boolean {
  return kind?.kind === 'Pod' && !kind.group;
}

/** Before its creation an object may have only a generateName. The object is not validated yet. */
function objectName({ name, object }: AdmissionRequest): string | undefined {
  const text = (field: string) => {
    const value = fieldOf(fieldOf(object, 'metadata'), field);
    return typeof value === 'string' ? value : undefined;
  };
  return displayName({ name: text('name'), generateName: text('generateName') }) ?? (name || undefined);
}

function describeReadFailure(request: AdmissionRequest, error: ClusterReadError): Partial<RequestLog> {
  return { code: error.code, ...identify(request), reads: error.attempts, error: errorChain(error) };
}

function describeDecision({ injected, findings, reads }: Decision): Partial<RequestLog> {
  return {
    ...(injected.length > 0 && { providers: injected }),
    ...(findings.length > 0 && { findings: codesOf(findings) }),
    reads,
  };
}
