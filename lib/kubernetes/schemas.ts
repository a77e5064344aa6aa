// The schemas of what cwii looks at in an AdmissionReview, and what they say of one that is not of their form. Loaded when
// the plain checks of usual.ts refuse one. It imports nothing of cwii's, so that the rest stays one file on the cold path.

import * as z from 'zod/mini';

// Admission comes before validation: what the API server sends has the right JSON types, but any field may be
// absent, null or empty (Go writes a missing list as null). Only what no answer is possible without is required.

const text = z.nullish(z.string());
const strings = z.nullish(z.record(z.string(), z.string()));

const groupVersionKind = z.object({ group: text, version: text, kind: text });
const groupVersionResource = z.object({ group: text, version: text, resource: text });

export const reviewView = z.object({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
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

const ownerReference = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.nullish(z.boolean()),
});

/** ObjectMeta, as far as any object's is looked at. */
const metadataView = z.nullish(
  z.object({
    name: text,
    generateName: text,
    annotations: strings,
    labels: strings,
    ownerReferences: z.nullish(z.array(ownerReference)),
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

/** Any object that is advised on. */
const objectView = z.object({ metadata: metadataView, spec: z.nullish(z.looseObject({})) });

export type AdmissionRequest = z.infer<typeof reviewView>['request'];
/** A pod as cwii reads it. The patch is made against the raw pod, which has fields that this does not know. */
export type PodView = z.infer<typeof podView>;
export type ContainerView = z.infer<typeof container>;
export type ObjectView = z.infer<typeof objectView>;
export type VolumeView = NonNullable<NonNullable<PodView['spec']['volumes']>[number]>;

/** What was looked at; or which field is at fault, as a clause that begins after a colon. */
export type Checked<View> = { readonly view: View } | { readonly fault: string };

export function checkReview(body: unknown): Checked<AdmissionRequest> {
  const review = reviewView.safeParse(body);
  return review.success ? { view: review.data.request } : { fault: describe(review.error) };
}

export function checkPod(object: unknown): Checked<PodView> {
  const pod = podView.safeParse(object);
  return pod.success ? { view: pod.data } : { fault: describe(pod.error) };
}

export function checkObject(object: unknown): Checked<ObjectView> {
  const any = objectView.safeParse(object);
  return any.success ? { view: any.data } : { fault: describe(any.error) };
}

/** The place of the first field at fault, and what was expected there. */
function describe({ issues: [issue] }: z.core.$ZodError): string {
  const path = issue?.path.map(nameOfPart).join('.') || '(the body)';
  return `at ${path}: ${describeIssue(issue)}`;
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
