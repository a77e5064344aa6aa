// Parses the answers to a metadata read: a PartialObjectMetadata, or the Status of a missing object.

import { isObject } from '../common/json.ts';
import type { ObjectKey } from '../kubernetes/objects.ts';
import type { PartialObjectMetadata } from '../kubernetes/schemas.ts';
import { validatePartialObjectMetadata } from '../kubernetes/validators.generated.ts';

export function isPartialObjectMetadata(value: unknown): value is PartialObjectMetadata {
  return validatePartialObjectMetadata(value);
}

/** The metav1.Status for a missing object names the object; the one for an unknown kind does not. */
export function isNotFoundStatus(value: unknown, { name }: ObjectKey): boolean {
  return (
    isObject(value) && value['kind'] === 'Status' && isObject(value['details']) && value['details']['name'] === name
  );
}
