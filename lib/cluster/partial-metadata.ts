// Parses the answers to a metadata read: a PartialObjectMetadata, or the Status of a missing object.

import { isObject } from '../common/json.ts';
import { findFault } from '../kubernetes/json-schema.ts';
import type { ObjectKey } from '../kubernetes/objects.ts';
import { partialObjectMetadata } from '../kubernetes/schemas.generated.ts';
import type { PartialObjectMetadata } from '../kubernetes/schemas.ts';

/** The accept header that reads only the metadata of an object, which is a fraction of it. */
export const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

export function isPartialObjectMetadata(value: unknown): value is PartialObjectMetadata {
  return findFault(partialObjectMetadata, value) === undefined;
}

/** The metav1.Status for a missing object names the object; the one for an unknown kind does not. */
export function isNotFoundStatus(value: unknown, { name }: ObjectKey): boolean {
  return (
    isObject(value) && value['kind'] === 'Status' && isObject(value['details']) && value['details']['name'] === name
  );
}
