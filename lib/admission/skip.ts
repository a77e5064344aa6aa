// Which requests are allowed without a look: ordered, named reasons, and the first one that holds is the answer.

import type { AdmissionRequest, PodView } from '../kubernetes/review.ts';

/** The annotation of a static pod's shadow in the API (kubelet, `kubetypes.ConfigMirrorAnnotationKey`). */
const MIRROR_POD = 'kubernetes.io/config.mirror';

const requestReasons = [
  ['not-a-pod', (request) => (request.resource.group ?? '') !== '' || request.resource.resource !== 'pods'],
  ['subresource', (request) => (request.subResource ?? '') !== ''],
  ['not-a-create', (request) => request.operation !== 'CREATE'],
] as const satisfies [string, (request: AdmissionRequest) => boolean][];

const podReasons = [
  // The API server refuses a mirror pod that asks for a ServiceAccount token, and a static pod must start without it.
  ['mirror-pod', (pod) => Object.hasOwn(pod.metadata?.annotations ?? {}, MIRROR_POD)],
] as const satisfies [string, (pod: PodView) => boolean][];

export type SkipReason = (typeof requestReasons)[number][0] | (typeof podReasons)[number][0];

/** Why the request is none of ours; undefined where it is. */
export function skipRequest(request: AdmissionRequest): SkipReason | undefined {
  return requestReasons.find(([, holds]) => holds(request))?.[0];
}

/** Why the pod is to be left alone; undefined where it is not. */
export function skipPod(pod: PodView): SkipReason | undefined {
  return podReasons.find(([, holds]) => holds(pod))?.[0];
}
