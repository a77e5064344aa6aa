// Selects the containers that get an identity: skip-containers, include-containers and native lists.

import { type Finding, findingOf, locationOf } from './findings.ts';
import type { Explicit, Resolution } from './resolve.ts';

/** The containers that get one provider's identity. */
export interface ContainerChoice {
  readonly includes: (name: string) => boolean;
  /** The annotations that made the choice. */
  readonly lists: readonly Explicit<string>[];
}

/** A list of cwii applies to every provider. Another product's list applies only if no scope sets cwii's. */
export function chooseContainers(resolution: Resolution, provider: string): ContainerChoice {
  const skip = resolution.get('cwii.dev/skip-containers') ?? resolution.nativeSkips[provider];
  const include = resolution.get('cwii.dev/include-containers');
  // Sets, because a pod that was not validated yet may have as many containers as a list has names.
  const skipped = new Set(namesOf(skip));
  const included = new Set(namesOf(include));
  return {
    includes: (name) => !skipped.has(name) && (included.size === 0 || included.has(name)),
    lists: [skip, include].filter((list) => list !== undefined),
  };
}

/** Reports names that no container of the pod has. They may be misspelt, so the choice may be unintended. */
export function findUnknownContainers(choices: readonly ContainerChoice[], names: ReadonlySet<string>): Finding[] {
  return [...new Set(choices.flatMap(({ lists }) => lists))].flatMap((list) => {
    const unknown = namesOf(list).filter((name) => !names.has(name));
    if (unknown.length === 0) return [];
    return [findingOf('container-unknown', locationOf(list), { names: unknown.join(', ') })];
  });
}

function namesOf(list: Explicit<string> | undefined): string[] {
  const names = list?.value.split(',').map((name) => name.trim()) ?? [];
  return names.filter((name) => name !== '');
}
