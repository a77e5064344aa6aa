// Fuzz subject: the generated validators must accept exactly what the schemas accept, with the same content.

import { findFault, type JsonSchema } from '../../lib/kubernetes/json-schema.ts';
import * as generated from '../../lib/kubernetes/schemas.generated.ts';
import * as schemas from '../../lib/kubernetes/schemas.ts';

import { lost } from '../properties/kept.ts';
import { generate } from './generate.ts';
import { bodyOf, isDeep } from './judge-review.ts';
import type { Checked, Subject } from './subject.ts';

function bodyIn(seed: number, index: number): unknown {
  const text = bodyOf(generate(seed, index, 1).event);
  if (isDeep(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** zod ignores the key `__proto__` in a map, so its schemas do not check the value. */
const PROTO_KEY = '"__proto__":';

/** The difference between a validator and its schema; undefined if there is none. */
function differenceFor(
  name: string,
  checked: JsonSchema,
  schema: (typeof schemas)['pod' | 'anyObject' | 'admissionReview'],
  value: unknown,
): string | undefined {
  const accepted = findFault(checked, value) === undefined;
  const parsed = schema.safeParse(value);
  if (!accepted && parsed.success && JSON.stringify(value).includes(PROTO_KEY)) return undefined;
  if (accepted !== parsed.success)
    return `${name} ${accepted ? 'accepts' : 'rejects'} a value, but its schema does not`;
  const place = parsed.success ? lost(parsed.data, value) : undefined;
  return place && `${name} accepts a value that its schema converts at ${place}`;
}

function compare(body: unknown): { readonly problem?: string | undefined; readonly kind: string } {
  const { request } = (typeof body === 'object' && body !== null ? body : {}) as { request?: { object?: unknown } };
  const object: unknown = request?.object;
  const problem =
    differenceFor('admissionReview', generated.admissionReview, schemas.admissionReview, body) ??
    differenceFor('anyObject', generated.anyObject, schemas.anyObject, object) ??
    differenceFor('pod', generated.pod, schemas.pod, object);
  if (problem !== undefined) return { kind: 'violation', problem };
  if (request === undefined) return { kind: 'no review' };
  return { kind: findFault(generated.pod, object) === undefined ? 'accepted' : 'rejected' };
}

export const views: Subject = {
  async check(seed, index): Promise<Checked> {
    const body = bodyIn(seed, index);
    const began = performance.now();
    return { problem: undefined, ...compare(body), milliseconds: performance.now() - began };
  },
  async show(seed, index) {
    return bodyIn(seed, index);
  },
};
