// The AdmissionReview as far as cwii looks at it: views that are checked, over raw objects that are kept whole.

import { ReviewError } from '../common/errors.ts';
import type { AdmissionRequest, Checked, ObjectView, PodView } from './schemas.ts';
import { isUsualObject, isUsualPod, isUsualReview } from './usual.ts';

export type { AdmissionRequest, ContainerView, ObjectView, PodView, VolumeView } from './schemas.ts';

/**
 * The request of an AdmissionReview (admission.k8s.io/v1).
 *
 * @throws {ReviewError} `review-invalid` with the path of the first field at fault.
 */
export async function readReview(body: unknown): Promise<AdmissionRequest> {
  if (isUsualReview(body)) return body.request;
  const { checkReview } = await import('./schemas.ts');
  return viewIn(checkReview(body), 'not an AdmissionReview of admission.k8s.io/v1');
}

/**
 * The pod of a review. The patch is made against the raw pod, which has fields that the view does not know.
 *
 * @throws {ReviewError} `review-invalid` with the path of the first field at fault.
 */
export async function readPod(object: unknown): Promise<PodView> {
  if (isUsualPod(object)) return object;
  const { checkPod } = await import('./schemas.ts');
  return viewIn(checkPod(object), 'request.object is not a Pod');
}

/**
 * Any other object of a review.
 *
 * @throws {ReviewError} `review-invalid` with the path of the first field at fault.
 */
export async function readObject(object: unknown): Promise<ObjectView> {
  if (isUsualObject(object)) return object;
  const { checkObject } = await import('./schemas.ts');
  return viewIn(checkObject(object), 'request.object is not a Kubernetes object');
}

function viewIn<View>(checked: Checked<View>, problem: string): View {
  if ('view' in checked) return checked.view;
  throw new ReviewError('review-invalid', `${problem}: ${checked.fault}`);
}
