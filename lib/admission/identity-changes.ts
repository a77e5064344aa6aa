// Finds the changes of an object that can change the identity of pods.

import { isForCwii, isKeyName, type ServiceKeys } from '../annotations/keys.ts';
import { isNativeAnnotation } from '../annotations/native-keys.ts';
import { isDeepStrictEqual } from '../common/node-builtins.ts';
import { type AdmissionRequest, type ObjectView, readObject } from '../kubernetes/review.ts';

/**
 * The part of an object that a request changes. A new template replaces the running pods of a workload; other
 * changes leave them as they are.
 */
export type Change = 'created' | 'nothing' | 'annotations' | 'template';

export function changeOf(request: AdmissionRequest, object: ObjectView): Change {
  if (request.operation !== 'UPDATE') return 'created';
  const old = readObject(request.oldObject);
  try {
    if (!isDeepStrictEqual(templatesOf(object), templatesOf(old))) return 'template';
    return isDeepStrictEqual(ownAnnotations(object), ownAnnotations(old)) ? 'nothing' : 'annotations';
  } catch {
    // Too deeply nested to compare. It counts as changed, because repeated advice does no harm.
    return 'template';
  }
}

/** The keys with an effect that an update adds, changes or removes. */
export function changedKeys(
  object: ObjectView,
  old: ObjectView,
  nativeAnnotations: boolean,
  services: ServiceKeys | undefined,
): string[] {
  const [after, before] = [object.metadata?.annotations ?? {}, old.metadata?.annotations ?? {}];
  const hasEffect = (key: string) =>
    isKeyName(key) || services?.typeOf(key) !== undefined || (nativeAnnotations && isNativeAnnotation(key));
  const keys = new Set([...Object.keys(before), ...Object.keys(after)].filter(hasEffect));
  return [...keys].filter((key) => after[key] !== before[key]).sort();
}

/** Status, scale and rollout strategy do not change the identity of pods. */
function templatesOf({ spec }: ObjectView): unknown {
  return { template: spec?.['template'], jobTemplate: spec?.['jobTemplate'] };
}

function ownAnnotations({ metadata }: ObjectView): Record<string, string> {
  const annotations = Object.entries(metadata?.annotations ?? {});
  return Object.fromEntries(annotations.filter(([key]) => isForCwii(key) || isNativeAnnotation(key)));
}
