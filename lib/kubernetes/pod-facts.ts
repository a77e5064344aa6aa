// What the rest of cwii needs to know of a pod, read once from its view.

import type { ScopedPod } from '../annotations/scopes.ts';
import { ReviewError } from '../common/errors.ts';
import type { PodFacts } from '../providers/provider.ts';
import { isNamespaceName } from './names.ts';
import type { AdmissionRequest, PodView } from './review.ts';

/**
 * The pod as its scopes see it. The namespace is the request's: a pod that a controller makes often carries none.
 *
 * @throws {ReviewError} `review-invalid` when the request names no namespace that could exist.
 */
export function scopedPod(request: AdmissionRequest, pod: PodView): ScopedPod {
  const namespace = request.namespace ?? '';
  if (!isNamespaceName(namespace)) {
    throw new ReviewError(
      'review-invalid',
      'not an AdmissionReview of admission.k8s.io/v1: at request.namespace: expected the name of a namespace',
    );
  }
  const { metadata } = pod;
  return {
    namespace,
    // Admission comes before validation: a name may still have any length.
    displayName: (metadata?.name || (metadata?.generateName ? `${metadata.generateName}*` : '(unnamed)')).slice(0, 254),
    annotations: metadata?.annotations ?? {},
    labels: metadata?.labels ?? {},
    ownerReferences: metadata?.ownerReferences ?? [],
    serviceAccountName: pod.spec.serviceAccountName || undefined,
  };
}

/** The API server cuts `generateName` to this and appends five characters (apiserver `names.SimpleNameGenerator`). */
const LONGEST_GENERATED_BASE = 58;
const GENERATED_SUFFIX = 5;

/** @param object the pod for people, such as `Pod default/web-*`. */
export function podFacts(pod: PodView, object: string, namespace: string): PodFacts {
  const { name, generateName } = pod.metadata ?? {};
  return {
    object,
    namespace,
    nameLength: name ? name.length : Math.min((generateName ?? '').length, LONGEST_GENERATED_BASE) + GENERATED_SUFFIX,
    windows: pod.spec.os?.name === 'windows' || pod.spec.nodeSelector?.['kubernetes.io/os'] === 'windows',
    hasServiceAccount: Boolean(pod.spec.serviceAccountName),
    sharedUid: sharedUid(pod),
  };
}

/** The uid that every container runs as; the kubelet asks the same before it owns token files (util.FsUserFrom). */
function sharedUid({ spec }: PodView): number | undefined {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const uids = containers.map((container) => container.securityContext?.runAsUser ?? spec.securityContext?.runAsUser);
  return uids.every((uid) => uid === uids[0]) ? (uids[0] ?? undefined) : undefined;
}
