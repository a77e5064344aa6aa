// Fuzz subject: what passes the plain checks must pass the schemas with the same result.

import { checkObject, podView, reviewView } from '../../lib/kubernetes/schemas.ts';
import { isUsualObject, isUsualPod, isUsualRequest } from '../../lib/kubernetes/usual.ts';
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

function compare(body: unknown): { readonly problem?: string | undefined; readonly kind: string } {
  const { request } = (typeof body === 'object' && body !== null ? body : {}) as { request?: { object?: unknown } };
  if (request === undefined) return { kind: 'no review' };
  if (isUsualRequest(request)) {
    const parsed = reviewView.safeParse({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });
    if (!parsed.success) return { kind: 'violation', problem: 'the schema refuses a usual request' };
    const place = lost(parsed.data.request, request);
    if (place) return { kind: 'violation', problem: `a usual request reads otherwise at ${place}` };
  }
  const object: unknown = request?.object;
  if (isUsualObject(object)) {
    const checked = checkObject(object);
    if (!('view' in checked)) return { kind: 'violation', problem: 'the schema refuses a usual object' };
    const place = lost(checked.view, object);
    if (place) return { kind: 'violation', problem: `a usual object reads otherwise at ${place}` };
  }
  if (!isUsualPod(object)) return { kind: podView.safeParse(object).success ? 'unusual' : 'refused' };
  const parsed = podView.safeParse(object);
  if (!parsed.success) return { kind: 'violation', problem: 'the schema refuses a usual pod' };
  const place = lost(parsed.data, object);
  return place ? { kind: 'violation', problem: `a usual pod reads otherwise at ${place}` } : { kind: 'usual' };
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
