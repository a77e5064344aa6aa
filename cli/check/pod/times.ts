// Finds when a label or an annotation was last written, from the managed fields of its object.

import { fieldOf, isObject } from '../../../lib/common/json.ts';
import type { ReadMetadata } from '../webhook/kube-scope-reader.ts';

/**
 * Milliseconds; undefined if no manager owns the key. A manager's time is that of its last write, of whatever
 * field, so the key may be older.
 */
export function lastWritten(
  { managedFields = [] }: Pick<ReadMetadata, 'managedFields'>,
  kind: 'labels' | 'annotations',
  key: string,
): number | undefined {
  const times = managedFields.flatMap(({ time, fieldsV1 }) => {
    const owned = fieldOf(fieldOf(fieldsV1, 'f:metadata'), `f:${kind}`);
    return time !== undefined && isObject(owned) && `f:${key}` in owned ? [Date.parse(time)] : [];
  });
  return times.length > 0 ? Math.max(...times) : undefined;
}
