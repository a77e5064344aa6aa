// The API server's limit on the annotations of one object.

import { fieldOf, isObject } from '../common/json.ts';

/** Kubernetes, `validation.TotalAnnotationSizeLimitB`: the bytes of all keys and values. */
export const MAX_ANNOTATION_BYTES = 256 * 1024;

/**
 * Whether the API server will reject the object for the size of its annotations. Its validation comes after
 * the webhooks.
 *
 * @param metadata of the object, which is not validated yet.
 */
export function exceedsAnnotationLimit(metadata: unknown): boolean {
  const annotations = fieldOf(metadata, 'annotations');
  if (!isObject(annotations)) return false;
  let bytes = 0;
  for (const key of Object.keys(annotations)) {
    const value = annotations[key];
    // Invalid annotations are for the schema.
    if (typeof value !== 'string') return false;
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
    if (bytes > MAX_ANNOTATION_BYTES) return true;
  }
  return false;
}
