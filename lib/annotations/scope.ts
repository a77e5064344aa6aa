// A scope: an object whose annotations configure a pod.

import type { Pod } from '../kubernetes/pod.ts';

export type ScopeKind = 'pod' | 'owner' | 'serviceaccount' | 'namespace';

/** One object and its annotations. */
export interface Scope {
  readonly kind: ScopeKind;
  /** The object in messages, such as `ServiceAccount default/my-app`. */
  readonly object: string;
  readonly annotations: Readonly<Record<string, string>>;
}

export function podScope({ object, annotations }: Pick<Pod, 'object' | 'annotations'>): Scope {
  return { kind: 'pod', object, annotations };
}
