// Finds credentials in a container's variables that SDKs use in place of the injected identity.

import { type Finding, findingOf } from '../annotations/findings.ts';
import type { IdentityHolder } from './plan.ts';
import { isSet } from './plan.ts';

/** A credential that a container can set with variables. */
export interface OtherCredential {
  /** It is complete only if all of them have a value. The finding names the first one. */
  readonly variables: readonly string[];
  readonly code: 'aws-static-keys' | 'gcp-static-keys' | 'az-static-keys';
}

/** @param pod the pod in messages. One finding for each container and code. */
export function findOtherCredentials(
  containers: readonly IdentityHolder[],
  credentials: readonly OtherCredential[],
  pod: string,
): Finding[] {
  return containers.flatMap(({ name: container, variables }) => {
    const found = new Map<string, Finding>();
    for (const { variables: names, code } of credentials) {
      const [key = ''] = names;
      if (found.has(code) || !names.every((name) => isSet(variables.get(name)))) continue;
      found.set(code, findingOf(code, { key, scope: 'pod', object: pod }, { container }));
    }
    return [...found.values()];
  });
}
