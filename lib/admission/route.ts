// Routing: decides from an admission request alone what cwii does with it.

import { isObject } from '../common/json.ts';
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
  const reasons: [SkipReason, boolean][] = [
    ['not-a-pod', !isPod],
    ['subresource', Boolean(subResource)],
    ['not-a-create', operation !== 'CREATE'],
    // The API server rejects a mirror pod with a ServiceAccount token, and a static pod must start without
    // it.
    ['mirror-pod', isMirrorPod(object)],
  ];
  const isDebug = subResource === 'ephemeralcontainers' && operation === 'UPDATE';
  if (
    isDebug &&
    reasons.every(([reason, applies]) => !applies || reason === 'subresource' || reason === 'not-a-create')
  ) {
    return { kind: 'mutate-debug' };
  }
  const reason = reasons.find(([, applies]) => applies)?.[0];
  if (reason) return { kind: 'skip', reason };
  return isTooLarge(object) ? { kind: 'reject', code: 'annotations-too-large' } : { kind: 'mutate' };
}

/** The limit holds for the object, and for each template in it. */
function isTooLarge(object: unknown): boolean {
  const jobTemplate = templateIn(object, 'jobTemplate');
  const holders = [object, templateIn(object, 'template'), jobTemplate, templateIn(jobTemplate, 'template')];
  return holders.some((holder) => isObject(holder) && exceedsAnnotationLimit(holder['metadata']));
}

function templateIn(object: unknown, name: string): unknown {
  const spec = isObject(object) ? object['spec'] : undefined;
  return isObject(spec) ? spec[name] : undefined;
}

/** The object is not validated yet: a mirror pod is skipped even if it is malformed. */
function isMirrorPod(object: unknown): boolean {
  const metadata = isObject(object) ? object['metadata'] : undefined;
  const annotations = isObject(metadata) ? metadata['annotations'] : undefined;
  return isObject(annotations) && Object.hasOwn(annotations, MIRROR_POD);
}
