// What the API server answers to a read of metadata: an object's, or that there is none.

import { isList, isObject, isString, isText, isTextMap } from '../common/json.ts';
import { isOwnerReference, type ObjectKey, type ObjectMetadata } from '../kubernetes/objects.ts';

/** PartialObjectMetadata of meta.k8s.io/v1, as far as it is looked at; Go writes what is empty as null or not at all. */
interface MetadataOnly {
  readonly metadata: {
    readonly name?: string | null;
    readonly namespace?: string | null;
    readonly uid: string;
    readonly annotations?: ObjectMetadata['annotations'] | null;
    readonly ownerReferences?: ObjectMetadata['ownerReferences'] | null;
  };
}

export function isMetadataOnly(value: unknown): value is MetadataOnly {
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

/** metav1.Status of a missing object names it; of a kind that is not served it says no name. */
export function isAbsenceOf(value: unknown, { name }: ObjectKey): boolean {
  return (
    isObject(value) && value['kind'] === 'Status' && isObject(value['details']) && value['details']['name'] === name
  );
}
