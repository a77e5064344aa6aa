// Which of a pod's containers get an identity: skip-containers and include-containers, and other products' own lists.

import type { ProviderId } from '../providers/provider.ts';
import { annotationFinding, type Finding } from './findings.ts';
import type { Explicit, Resolution } from './resolve.ts';

/** The containers that one provider's identity goes to. */
export interface ContainerChoice {
  readonly includes: (name: string) => boolean;
  /** The annotations that made the choice. */
  readonly lists: readonly Explicit<string>[];
}

/** A list of cwii's own counts for every provider; another product's only where cwii's is explicit nowhere. */
export function chooseContainers(resolution: Resolution, provider: ProviderId): ContainerChoice {
  const skip = resolution.get('cwii.dev/skip-containers') ?? resolution.nativeSkips[provider];
  const include = resolution.get('cwii.dev/include-containers');
  // Sets, because a pod that nobody has validated may have as many containers as a list has names.
  const skipped = new Set(namesOf(skip));
  const included = new Set(namesOf(include));
  return {
    includes: (name) => !skipped.has(name) && (included.size === 0 || included.has(name)),
    lists: [skip, include].filter((list) => list !== undefined),
  };
}

/** Names that no container of the pod has: most likely misspelt, and then the choice is another than was meant. */
export function findUnknownContainers(choices: readonly ContainerChoice[], names: ReadonlySet<string>): Finding[] {
  return [...new Set(choices.flatMap(({ lists }) => lists))].flatMap((list) => {
    const unknown = namesOf(list).filter((name) => !names.has(name));
    if (unknown.length === 0) return [];
    const message = `the pod has no container ${unknown.join(', ')}; correct the name or remove it`;
    return [annotationFinding('container-unknown', list, message)];
  });
}

function namesOf(list: Explicit<string> | undefined): string[] {
  const names = list?.value.split(',').map((name) => name.trim()) ?? [];
  return names.filter((name) => name !== '');
}
