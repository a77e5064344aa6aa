// Routing: decides from an admission request alone what cwii does with it.

import { fieldOf, isObject } from '../common/json.ts';
import { exceedsAnnotationLimit } from '../kubernetes/annotation-size.ts';
import { namespaces, type ObjectKind, serviceAccounts } from '../kubernetes/objects.ts';
import type { AdmissionRequest } from '../kubernetes/review.ts';

/**
 * The annotation of a static pod's representation in the API (kubelet,
 * `kubetypes.ConfigMirrorAnnotationKey`).
 */
const MIRROR_POD = 'kubernetes.io/config.mirror';

export type SkipReason = 'not-a-pod' | 'subresource' | 'not-a-create' | 'mirror-pod' | 'annotations-too-large';

export type Route =
  /** A pod is created: decide on its identity. */
  | { readonly kind: 'mutate' }
  /** Ephemeral containers are added to a running pod: give them its identity. */
  | { readonly kind: 'mutate-debug' }
  /** An object that creates pods is applied: tell its author what the pods will get. */
  | { readonly kind: 'advise-workload'; readonly objectKind: ObjectKind }
  /** A ServiceAccount or Namespace is applied: tell its author what is wrong with its annotations. */
  | { readonly kind: 'advise-scope'; readonly objectKind: ObjectKind }
  /** The API server will reject the pod for this reason: deny it before any other work. */
  | { readonly kind: 'reject'; readonly code: 'annotations-too-large' }
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
    const scope = [serviceAccounts, namespaces].find(serves);
    // The API server will reject the object with a message of its own.
    if ((workload || scope) && isTooLarge(object)) return { kind: 'skip', reason: 'annotations-too-large' };
    if (workload) return { kind: 'advise-workload', objectKind: workload };
    if (scope) return { kind: 'advise-scope', objectKind: scope };
  }
  const isDebug = subResource === 'ephemeralcontainers' && operation === 'UPDATE';
  const reasons: [SkipReason, boolean][] = [
    ['not-a-pod', !isPod],
    ['subresource', Boolean(subResource) && !isDebug],
    ['not-a-create', operation !== 'CREATE' && !isDebug],
    // The API server rejects a mirror pod with a ServiceAccount token, and a static pod must start without
    // it.
    ['mirror-pod', isMirrorPod(object)],
  ];
  const reason = reasons.find(([, applies]) => applies)?.[0];
  if (reason) return { kind: 'skip', reason };
  if (isDebug) return { kind: 'mutate-debug' };
  return isTooLarge(object) ? { kind: 'reject', code: 'annotations-too-large' } : { kind: 'mutate' };
}

/** The limit holds for the object, and for each template in it. */
function isTooLarge(object: unknown): boolean {
  const templateIn = (holder: unknown, name = 'template') => fieldOf(fieldOf(holder, 'spec'), name);
  const jobTemplate = templateIn(object, 'jobTemplate');
  const holders = [object, templateIn(object), jobTemplate, templateIn(jobTemplate)];
  return holders.some((holder) => exceedsAnnotationLimit(fieldOf(holder, 'metadata')));
}

/** The object is not validated yet: a mirror pod is skipped even if it is malformed. */
function isMirrorPod(object: unknown): boolean {
  const annotations = fieldOf(fieldOf(object, 'metadata'), 'annotations');
  return isObject(annotations) && Object.hasOwn(annotations, MIRROR_POD);
}
