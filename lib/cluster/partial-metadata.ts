// Parses the answers to a metadata read: a PartialObjectMetadata, or the Status of a missing object.

import { isList, isObject, isString, isText, isTextMap } from '../common/json.ts';
import { isOwnerReference, type ObjectKey, type ObjectMetadata } from '../kubernetes/objects.ts';

/**
 * The fields of meta.k8s.io/v1 PartialObjectMetadata that cwii reads. Go writes empty fields as null, or
 * omits them.
 */
interface PartialObjectMetadata {
  readonly metadata: {
    readonly name?: string | null;
    readonly namespace?: string | null;
    readonly uid: string;
    readonly annotations?: ObjectMetadata['annotations'] | null;
    readonly ownerReferences?: ObjectMetadata['ownerReferences'] | null;
  };
}

export function isPartialObjectMetadata(value: unknown): value is PartialObjectMetadata {
  if (!isObject(value) || value['kind'] !== 'PartialObjectMetadata' || !isObject(value['metadata'])) return false;
  const { name, namespace, uid, annotations, ownerReferences } = value['metadata'];
  return (
    isString(uid) &&
    isText(name) &&
    isText(namespace) &&
    isTextMap(annotations) &&
    isList(ownerReferences, isOwnerReference)
  );
}

/** The metav1.Status for a missing object names the object; the one for an unknown kind does not. */
export function isNotFoundStatus(value: unknown, { name }: ObjectKey): boolean {
  return (
    isObject(value) && value['kind'] === 'Status' && isObject(value['details']) && value['details']['name'] === name
  );
}
