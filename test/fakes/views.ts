// Views of usual reviews and pods, as an admission has them.

import type { AdmissionRequest, PodView } from '../../lib/kubernetes/review.ts';
import { isUsualPod, isUsualReview } from '../../lib/kubernetes/usual.ts';

export function requestOf(review: unknown): AdmissionRequest {
  if (!isUsualReview(review)) throw new Error('the test made no usual review');
  return review.request;
}

export function viewOf(pod: unknown): PodView {
  if (!isUsualPod(pod)) throw new Error('the test made no usual pod');
  return pod;
}
