// Reads an AdmissionReview and its objects: validated in place against the schemas, never copied.

import { ReviewError } from '../common/errors.ts';
import type { AdmissionRequest, AdmissionReview, ObjectView, PodView } from './schemas.ts';
import { validateAdmissionReview, validateObject, validatePod } from './validators.generated.ts';

export type { AdmissionRequest, ContainerView, ObjectView, PodView, VariableView, VolumeView } from './schemas.ts';

/**
 * The request of an AdmissionReview (admission.k8s.io/v1).
 *
 * @throws {ReviewError} `review-invalid` with the path of the first invalid field.
 */
export function readReview(body: unknown): AdmissionRequest {
  validate<AdmissionReview>(validateAdmissionReview, body, 'not an AdmissionReview of admission.k8s.io/v1');
  return body.request;
}

/**
 * The pod of a review, as far as cwii reads it.
 *
 * @throws {ReviewError} `review-invalid` with the path of the first invalid field.
 */
export function readPodView(object: unknown): PodView {
  validate<PodView>(validatePod, object, 'request.object is not a Pod');
  return object;
}

/**
 * Any other object of a review.
 *
 * @throws {ReviewError} `review-invalid` with the path of the first invalid field.
 */
export function readObject(object: unknown): ObjectView {
  validate<ObjectView>(validateObject, object, 'request.object is not a Kubernetes object');
  return object;
}

/** Whether a part of an object has the form of an object itself, such as a CronJob's `jobTemplate`. */
export function isObjectView(value: unknown): value is ObjectView {
  return validateObject(value);
}

/** A function that Ajv generated: it sets `errors`, one at most, if the value is invalid. */
interface Validator {
  (value: unknown): boolean;
  errors?: readonly ValidationError[] | null;
}

/** The error of a generated validator. */
interface ValidationError {
  /** JSON pointer (RFC 6901) to the invalid value. */
  readonly instancePath: string;
  readonly keyword: string;
  /** The keyword's parameter, such as the expected type, or the missing property. */
  readonly param: unknown;
}

function validate<View>(validator: Validator, value: unknown, problem: string): asserts value is View {
  if (validator(value)) return;
  const [error] = validator.errors ?? [];
  throw new ReviewError('review-invalid', `${problem}: ${error ? describe(error) : 'invalid'}`);
}

/** Maps with keys that the user chose: such a key has any length and content, and the place is logged. */
const MAPS = new Set<unknown>(['annotations', 'labels', 'nodeSelector']);

/** The place of the invalid field and what is expected there, such as `at request.uid: expected string`. */
function describe({ instancePath, keyword, param }: ValidationError): string {
  const path = instancePath.split('/').slice(1);
  if (keyword === 'required') path.push(String(param));
  const place = path.map((part, index) => (MAPS.has(path[index - 1]) ? '*' : part)).join('.');
  return `at ${place || '(the body)'}: ${expectation(keyword, param)}`;
}

function expectation(keyword: string, param: unknown): string {
  if (keyword === 'required') return 'required field is missing';
  if (keyword === 'type') return `expected ${param}`;
  if (keyword === 'const') return `expected ${JSON.stringify(param)}`;
  return 'must not be blank';
}
