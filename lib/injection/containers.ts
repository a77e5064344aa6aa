// A pod's containers: those of the user, with their additions, and those that cwii added earlier.

import type { Pod } from '../kubernetes/pod.ts';
import type { ContainerView } from '../kubernetes/review.ts';
import { type EnvVar, OWN_CONTAINER_MOUNT, type VolumeMount } from '../providers/plan.ts';
import { hasMount } from './compare.ts';
import type { ContainerAddition, ContainerList } from './plan.ts';

/** A container of the user, and the additions to it so far. */
export interface UserContainer {
  readonly list: ContainerList;
  readonly index: number;
  readonly view: ContainerView;
  readonly env: EnvVar[];
  readonly volumeMounts: VolumeMount[];
}

/**
 * The user's containers in the order in which they start, and the names of the containers that cwii added
 * earlier.
 */
export function containersOf(pod: Pod): {
  readonly users: readonly UserContainer[];
  readonly ownNames: ReadonlySet<string>;
} {
  const all = (['initContainers', 'containers'] as const).flatMap((list) =>
    pod[list].map((view, index): UserContainer => ({ list, index, view, env: [], volumeMounts: [] })),
  );
  return {
    users: all.filter((container) => !isOwn(container, pod)),
    ownNames: new Set(all.filter((container) => isOwn(container, pod)).map(({ view }) => view.name)),
  };
}

function isOwn({ list, view }: UserContainer, pod: Pod): boolean {
  return list === 'initContainers' && view.name.startsWith('cwii-') && hasMount(view, OWN_CONTAINER_MOUNT, pod);
}

/** The additions, for the containers that get any. */
export function additionsTo(containers: readonly UserContainer[]): ContainerAddition[] {
  return containers
    .filter(({ env, volumeMounts }) => env.length > 0 || volumeMounts.length > 0)
    .map(({ list, index, env, volumeMounts }) => ({ list, index, env, volumeMounts }));
}
