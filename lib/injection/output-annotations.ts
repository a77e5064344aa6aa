// Computes which of the annotations that cwii writes have to change on a pod.

import { INJECTED, outputKeys } from '../annotations/keys.ts';

/**
 * The annotations that have to change: they state what is on the pod, whatever was written there.
 *
 * @param mark write the status on every pod, even if nothing is injected.
 * @param further the annotations of services, which are overwritten too.
 */
export function outputAnnotations(
  written: Readonly<Record<string, string>>,
  stated: Readonly<Record<string, string>>,
  mark: boolean,
  further: readonly string[] = [],
): Record<string, string> {
  const changes: Record<string, string> = {};
  for (const key of new Set([...outputKeys, ...further, ...Object.keys(stated)])) {
    const value = stated[key] ?? '';
    const current = Object.hasOwn(written, key) ? written[key] : undefined;
    const known = mark && key === INJECTED ? current : (current ?? '');
    if (value !== known) changes[key] = value;
  }
  return changes;
}
