// Views of valid reviews and pods.

import type { AdmissionRequest, PodView } from '../../lib/kubernetes/review.ts';
import { isUsualPod, isUsualReview } from '../../lib/kubernetes/usual.ts';

export function requestOf(review: unknown): AdmissionRequest {
  if (!isUsualReview(review)) throw new Error('the review of the test is not valid');
  return review.request;
}

export function viewOf(pod: unknown): PodView {
  if (!isUsualPod(pod)) throw new Error('the pod of the test is not valid');
  return pod;
}
