// Calls a webhook for the rows `served`, and checks before the measurement what it does to the pod.
//
// Without the check, a webhook that answers 200 and does nothing would look fast.

import { Agent, type RequestOptions, request } from 'node:https';
import { CwiiError } from '../lib/common/errors.ts';
import { CALLER_TOKEN, grownTo, reviewOf } from './event.ts';

export interface Target {
  readonly url: string;
  /** Trusted authorities, PEM; default: those of the system. */
  readonly ca?: readonly string[];
  /** Accept any certificate. */
  readonly insecure?: boolean;
}

export interface AskedTarget extends Target {
  readonly outcome: Outcome;
}

/** The effect on the pod. Injecting a ServiceAccount token is the work that is compared. */
export type Outcome = 'injects a token' | 'patches without a token' | 'no patch';

interface Answer {
  readonly status: number;
  readonly body: string;
}

const answerWithinMs = 10_000;

/** The review that all webhooks get, 3 KB. @param pod a stored pod. */
export function servedReview(pod: object): string {
  return reviewOf(grownTo(pod, 3000));
}

/**
 * @returns a function that posts the review over one open connection. It rejects if the answer is not 200.
 */
export function client(target: Target, review: string): () => Promise<void> {
  // While its connection is idle, the agent does not keep the process alive.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return () =>
    new Promise<void>((resolve, reject) => {
      const fail = (error: Error) => reject(unreachable(target, error));
      const sent = request(withTimeout(target.url), options(target, review, agent), (response) => {
        if (response.statusCode !== 200) reject(failed(target, `answered ${response.statusCode} under load`));
        response.resume().once('end', resolve).once('error', fail);
      });
      sent.once('error', fail);
      sent.end(review);
    });
}

/**
 * @throws CwiiError `bench-target` if it cannot be reached, does not answer the review, or denies the pod.
 */
export async function ask(target: Target, review: string): Promise<AskedTarget> {
  const { status, body } = await post(target, review);
  if (status !== 200) {
    const known = status === 401 || status === 403 ? `; make it accept the bearer token "${CALLER_TOKEN}"` : '';
    throw failed(target, `answered ${status}${body && `: ${body.slice(0, 200).trim()}`}${known}`);
  }
  const { uid, allowed, patch, status: why } = responseOf(body) ?? {};
  if (uid !== JSON.parse(review).request.uid)
    throw failed(target, `did not answer with the uid of the review, but with: ${body.slice(0, 200)}`);
  if (allowed !== true) throw failed(target, `denies the pod${why?.message ? `: ${why.message}` : ''}`);
  return { ...target, outcome: outcomeOf(patch) };
}

/** @param patch as in an AdmissionReview: base64 of a JSON patch, which can be empty. */
function outcomeOf(patch: string | undefined): Outcome {
  const operations = Buffer.from(patch ?? '', 'base64').toString('utf8');
  if (['', '[]', 'null'].includes(operations)) return 'no patch';
  return operations.includes('"serviceAccountToken"') ? 'injects a token' : 'patches without a token';
}

interface Response {
  readonly uid?: string;
  readonly allowed?: boolean;
  readonly patch?: string;
  readonly status?: { readonly message?: string };
}

/** Undefined if it is not JSON. */
function responseOf(body: string): Response | undefined {
  try {
    return JSON.parse(body)?.response;
  } catch {
    return undefined;
  }
}

/** Posts the review once, on a new connection, with a timeout. */
function post(target: Target, review: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(unreachable(target, error));
    const sent = request(withTimeout(target.url), options(target, review, new Agent()), (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body })).once('error', fail);
    });
    sent.setTimeout(answerWithinMs, () => sent.destroy(new Error(`no answer within ${answerWithinMs / 1000} s`)));
    sent.once('error', fail);
    sent.end(review);
  });
}

function withTimeout(url: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}timeout=10s`;
}

function options({ ca, insecure = false }: Target, review: string, agent: Agent): RequestOptions {
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(review),
    authorization: `Bearer ${CALLER_TOKEN}`,
  };
  return { method: 'POST', agent, headers, rejectUnauthorized: !insecure, ...(ca && { ca: [...ca] }) };
}

function failed({ url }: Target, what: string, cause?: Error): CwiiError {
  return new CwiiError('bench-target', `the target ${url} ${what}`, { cause });
}

function unreachable(target: Target, error: NodeJS.ErrnoException): CwiiError {
  // The error codes of OpenSSL for a chain, and of Node.js for a wrong host name.
  if (/CERT|VERIFY|SIGNATURE/.test(error.code ?? ''))
    return failed(
      target,
      `presents a certificate that is not trusted (${error.code}); set the files of its authorities with --target-ca, or use --insecure`,
      error,
    );
  return failed(target, `cannot be reached: ${error.message || error.code}`, error);
}
