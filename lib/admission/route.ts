// Routing: decides from an admission request alone what cwii does with it.

import { isObject } from '../common/json.ts';
import { namespaces, type ObjectKind, serviceAccounts } from '../kubernetes/objects.ts';
import type { AdmissionRequest } from '../kubernetes/review.ts';

/**
 * The annotation of a static pod's representation in the API (kubelet,
 * `kubetypes.ConfigMirrorAnnotationKey`).
 */
const MIRROR_POD = 'kubernetes.io/config.mirror';

export type SkipReason = 'not-a-pod' | 'subresource' | 'not-a-create' | 'mirror-pod';

export type Route =
  /** A pod is created: decide on its identity. */
  | { readonly kind: 'mutate' }
  /** An object that creates pods is applied: tell its author what the pods will get. */
  | { readonly kind: 'advise-workload'; readonly objectKind: ObjectKind }
  /** A ServiceAccount or Namespace is applied: tell its author what is wrong with its annotations. */
  | { readonly kind: 'advise-scope'; readonly objectKind: ObjectKind }
  /** Allow the request unchanged. */
  | { readonly kind: 'skip'; readonly reason: SkipReason };

/** @param ownerKinds the kinds that can own pods, built-in and configured. */
export function route(request: AdmissionRequest, ownerKinds: readonly ObjectKind[]): Route {
  const { resource, subResource, operation, object } = request;
  // A pod is never advised on as a workload, although pods can own pods (CWII_OWNER_KINDS).
  const isPod = (resource.group ?? '') === '' && resource.resource === 'pods';
  if (!isPod && !subResource && (operation === 'CREATE' || operation === 'UPDATE')) {
    const serves = (kind: ObjectKind) => kind.group === (resource.group ?? '') && kind.resource === resource.resource;
    const workload = ownerKinds.find(serves);
    if (workload) return { kind: 'advise-workload', objectKind: workload };
    const scope = [serviceAccounts, namespaces].find(serves);
    if (scope) return { kind: 'advise-scope', objectKind: scope };
  }
  const reasons: [SkipReason, boolean][] = [
    ['not-a-pod', !isPod],
    ['subresource', Boolean(subResource)],
    ['not-a-create', operation !== 'CREATE'],
    // The API server rejects a mirror pod with a ServiceAccount token, and a static pod must start without
    // it.
    ['mirror-pod', isMirrorPod(object)],
  ];
  const reason = reasons.find(([, applies]) => applies)?.[0];
  return reason ? { kind: 'skip', reason } : { kind: 'mutate' };
}

/** The object is not validated yet: a mirror pod is skipped even if it is malformed. */
function isMirrorPod(object: unknown): boolean {
  const metadata = isObject(object) ? object['metadata'] : undefined;
  const annotations = isObject(metadata) ? metadata['annotations'] : undefined;
  return isObject(annotations) && Object.hasOwn(annotations, MIRROR_POD);
}
