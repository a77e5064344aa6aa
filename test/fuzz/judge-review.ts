// Judges an AdmissionReview that the function answered: its form and its patch.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { lost } from '../properties/kept.ts';
import { touchesUser, withoutTouched } from '../properties/own-items.ts';
import { canary } from './odd-values.ts';

export interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value: unknown;
}

interface Response {
  readonly uid: unknown;
  readonly allowed: unknown;
  readonly patchType?: unknown;
  readonly patch?: unknown;
  readonly warnings?: unknown;
  readonly auditAnnotations?: unknown;
  readonly status?: { readonly message?: unknown };
}

const OURS =
  /^\/metadata$|^\/metadata\/annotations(\/cwii\.dev~1(injected|gcp-credentials|aws-config|hcp-file|kept-variables))?$|^\/spec\/volumes(\/-)?$|^\/spec\/(initContainers|containers|ephemeralContainers)\/\d+\/(env|volumeMounts)(\/-)?$|^\/spec\/initContainers(\/\d+)?$/;

/** A pod that is nested deeper is not compared: JSON.stringify and the recursion in this file would fail. */
const DEEPEST = 1_000;

/** The text of the body that was sent; '' without one. */
export function bodyOf(event: LambdaFunctionURLEvent): string {
  const { body, isBase64Encoded }: Partial<LambdaFunctionURLEvent> = event ?? {};
  const sent = typeof body === 'string' ? body : '';
  return isBase64Encoded ? Buffer.from(sent, 'base64').toString('utf8') : sent;
}

export function judgeReview(sent: string, answered: Record<string, unknown>, longest: number): string | undefined {
  const { apiVersion, kind, response } = answered as { apiVersion: unknown; kind: unknown; response: Response };
  if (apiVersion !== 'admission.k8s.io/v1' || kind !== 'AdmissionReview') return 'the answer is not an AdmissionReview';
  const { request } = JSON.parse(sent) as { request: { uid: string; object: unknown } };
  if (response.uid !== request.uid) return 'the uid is not that of the request';
  if (typeof response.allowed !== 'boolean') return `allowed is ${JSON.stringify(response.allowed)}`;
  const rest = JSON.stringify({ ...response, uid: '', patch: '' });
  if (rest.length > longest) return `the answer has ${rest.length} characters without its patch`;
  const lines = [...((response.warnings ?? []) as string[]), String(response.status?.message ?? '')];
  // The API server drops a warning with a control character, and net/http drops such a header.
  const odd = lines.find((line) => typeof line !== 'string' || /[\p{Cc}\p{Cf}]/u.test(line));
  if (odd !== undefined) return `a line has control characters: ${JSON.stringify(odd).slice(0, 200)}`;
  return judgePatch(response, request.object, sent);
}

function judgePatch({ allowed, patch, patchType }: Response, object: unknown, sent: string): string | undefined {
  if (patch === undefined) return patchType === undefined ? undefined : 'there is a patchType without a patch';
  if (patchType !== 'JSONPatch' || typeof patch !== 'string') return 'there is a patch without its patchType';
  if (!allowed) return 'a refusal has a patch';
  const operations = operationsOf(patch);
  if (operations.length === 0) return 'there is a patch without operations';
  const wrong = operations.find(({ op, path }) => op === 'add' && !OURS.test(path)) ?? touchesUser(object, operations);
  if (wrong) return `the patch has ${JSON.stringify(wrong).slice(0, 200)}`;
  if (JSON.stringify(operations).includes(canary)) return 'the patch contains text of the user';
  if (isDeep(sent)) return undefined;
  const before = withoutTouched(object, operations);
  const patched = applied(object, operations);
  if (typeof patched === 'string') return patched;
  const place = lost(before, patched);
  return place && `the patch loses ${place.slice(0, 200)}`;
}

export function operationsOf(patch: string): Operation[] {
  return JSON.parse(Buffer.from(patch, 'base64').toString('utf8'));
}

/** Applies a patch strictly as RFC 6902 says, in place. @returns the object, or a string with the problem. */
export function applied(object: unknown, operations: readonly Operation[]): unknown {
  for (const { op, path, value } of operations) {
    const parts = path
      .slice(1)
      .split('/')
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = parts.pop() ?? '';
    let at: unknown = object;
    for (const part of parts) {
      if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return `there is no ${path} to add to`;
      at = (at as Record<string, unknown>)[part];
    }
    if (Array.isArray(at)) {
      const index = last === '-' ? at.length : Number(last);
      const end = op === 'add' ? at.length : at.length - 1;
      if (!(index >= 0 && index <= end)) return `there is no ${path} to ${op}`;
      if (op === 'add') at.splice(index, 0, value);
      else at.splice(index, 1, ...(op === 'replace' ? [value] : []));
    } else if (typeof at === 'object' && at !== null) (at as Record<string, unknown>)[last] = value;
    else return `there is no ${path} to add to`;
  }
  return object;
}

export function isDeep(text: string): boolean {
  return text.includes('['.repeat(DEEPEST)) || text.includes('{"a":'.repeat(DEEPEST));
}
