// The AdmissionReview as far as cwii looks at it: views that are checked, over raw objects that are kept whole.

import * as z from 'zod/mini';
import { ownerReferencesView } from '../cluster/owner-reference.ts';
import { CwiiError } from '../errors.ts';
import { isUsualPod, isUsualRequest } from './usual.ts';

// Admission comes before validation: what the API server sends has the right JSON types, but any field may be
// absent, null or empty (Go writes a missing list as null). Only what no answer is possible without is required.

const text = z.nullish(z.string());
const strings = z.nullish(z.record(z.string(), z.string()));

const groupVersionKind = z.object({ group: text, version: text, kind: text });
const groupVersionResource = z.object({ group: text, version: text, resource: text });

const API_VERSION = 'admission.k8s.io/v1';
const KIND = 'AdmissionReview';

export const reviewView = z.object({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal(KIND),
  request: z.object({
    uid: z.string().check(z.minLength(1)),
    kind: z.nullish(groupVersionKind),
    resource: groupVersionResource,
    subResource: text,
    name: text,
    namespace: text,
    operation: z.string(),
    dryRun: z.nullish(z.boolean()),
    object: z.unknown(),
    oldObject: z.optional(z.unknown()),
  }),
});

const securityContext = z.nullish(z.object({ runAsUser: z.nullish(z.number()) }));

const container = z.object({
  name: z.string(),
  restartPolicy: text,
  env: z.nullish(z.array(z.object({ name: z.string(), value: text }))),
  volumeMounts: z.nullish(
    z.array(z.object({ name: z.string(), mountPath: z.string(), subPath: text, subPathExpr: text })),
  ),
  securityContext,
});

/** ObjectMeta, as far as any object's is looked at. */
export const metadataView = z.nullish(
  z.object({
    name: text,
    generateName: text,
    annotations: strings,
    labels: strings,
    ownerReferences: ownerReferencesView,
  }),
);

export const podView = z.object({
  metadata: metadataView,
  spec: z.object({
    serviceAccountName: text,
    containers: z.nullish(z.array(container)),
    initContainers: z.nullish(z.array(container)),
    volumes: z.nullish(z.array(z.looseObject({ name: z.string() }))),
    securityContext,
    os: z.nullish(z.object({ name: text })),
    nodeSelector: strings,
  }),
});

export type AdmissionRequest = z.infer<typeof reviewView>['request'];
/** A pod as cwii reads it. The patch is made against the raw pod, which has fields that this does not know. */
export type PodView = z.infer<typeof podView>;
export type ContainerView = z.infer<typeof container>;
export type VolumeView = NonNullable<NonNullable<PodView['spec']['volumes']>[number]>;

/** The request is no AdmissionReview v1 of the form that the API server sends. */
export class ReviewError extends CwiiError {
  override name = 'ReviewError';
}

/**
 * Checks an AdmissionReview (admission.k8s.io/v1).
 *
 * @throws {ReviewError} `review-invalid` with the path of the first field at fault.
 */
export function parseReview(body: unknown): AdmissionRequest {
  const { apiVersion, kind, request } = (body ?? {}) as Partial<z.infer<typeof reviewView>>;
  if (apiVersion === API_VERSION && kind === KIND && isUsualRequest(request)) return request;
  const review = reviewView.safeParse(body);
  if (review.success) return review.data.request;
  throw invalid('not an AdmissionReview of admission.k8s.io/v1', review.error);
}

/**
 * Checks the pod of a review.
 *
 * @throws {ReviewError} `review-invalid` with the path of the first field at fault.
 */
export function parsePod(object: unknown): PodView {
  if (isUsualPod(object)) return object;
  const pod = podView.safeParse(object);
  if (pod.success) return pod.data;
  throw invalid('request.object is not a Pod', pod.error);
}

/** An object that is not of the form that `what` names, with the place of the first field at fault. */
export function invalid(what: string, error: z.core.$ZodError): ReviewError {
  const issue = error.issues[0];
  const path = issue?.path.map(nameOfPart).join('.') || '(the body)';
  return new ReviewError('review-invalid', `${what}: at ${path}: ${describeIssue(issue)}`);
}

/** Maps whose keys are the user's: such a key is of any length and content, and the place is told to the log too. */
const MAPS = new Set<unknown>(['annotations', 'labels', 'nodeSelector']);

function nameOfPart(part: PropertyKey, index: number, path: readonly PropertyKey[]): string {
  return MAPS.has(path[index - 1]) ? '*' : String(part);
}

// zod/mini words every issue "Invalid input" unless a locale is loaded, which the cold path does without.
function describeIssue(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'invalid_type') return `expected ${issue.expected}`;
  if (issue?.code === 'invalid_value')
    return `expected ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
  return issue?.code ?? 'invalid';
}
