// Reads an AdmissionReview and its objects: validated in place against the schemas, never copied.

import { ReviewError } from '../common/errors.ts';
import { type Fault, findFault, type JsonSchema } from './json-schema.ts';
import { admissionReview, anyObject, pod } from './schemas.generated.ts';
import type { AdmissionRequest, AdmissionReview, ObjectView, PodView } from './schemas.ts';

export type { AdmissionRequest, ContainerView, ObjectView, PodView, VariableView, VolumeView } from './schemas.ts';

/**
 * The request of an AdmissionReview (admission.k8s.io/v1).
 *
 * @throws {ReviewError} `review-invalid` with the path of the first invalid field.
 */
export function readReview(body: unknown): AdmissionRequest {
  validate<AdmissionReview>(admissionReview, body, 'not an AdmissionReview of admission.k8s.io/v1');
  return body.request;
}

/**
 * The pod of a review, as far as cwii reads it.
 *
 * @throws {ReviewError} `review-invalid` with the path of the first invalid field.
 */
export function readPodView(object: unknown): PodView {
  validate<PodView>(pod, object, 'request.object is not a Pod');
  return object;
}

/**
 * Any other object of a review.
 *
 * @throws {ReviewError} `review-invalid` with the path of the first invalid field.
 */
export function readObject(object: unknown): ObjectView {
  validate<ObjectView>(anyObject, object, 'request.object is not a Kubernetes object');
  return object;
}

/** Whether a part of an object has the form of an object itself, such as a CronJob's `jobTemplate`. */
export function isObjectView(value: unknown): value is ObjectView {
  return findFault(anyObject, value) === undefined;
}

function validate<View>(schema: JsonSchema, value: unknown, problem: string): asserts value is View {
  const fault = findFault(schema, value);
  if (fault) throw new ReviewError('review-invalid', `${problem}: ${describe(fault)}`);
}

/** Maps with keys that the user chose: such a key has any length and content, and the place is logged. */
const MAPS = new Set<unknown>(['annotations', 'labels', 'nodeSelector']);

/** The place of the invalid field and what is expected there, such as `at request.uid: expected string`. */
function describe({ path, keyword, param }: Fault): string {
  const names = keyword === 'required' ? [...path, param] : path;
  const place = names.map((name, index) => (MAPS.has(path[index - 1]) ? '*' : name)).join('.');
  return `at ${place || '(the body)'}: ${expectation(keyword, param)}`;
}

function expectation(keyword: Fault['keyword'], param: unknown): string {
  if (keyword === 'required') return 'required field is missing';
  if (keyword === 'type') return `expected ${param}`;
  if (keyword === 'const') return `expected ${JSON.stringify(param)}`;
  return 'must not be blank';
}
