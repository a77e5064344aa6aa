// Which of a pod's containers run the user's code, what each gets, and which are cwii's own of an earlier pass.

import type { ContainerView, PodView } from '../kubernetes/review.ts';
import {
  type ContainerAddition,
  type ContainerList,
  type EnvVar,
  OWN_CONTAINER_MOUNT,
  type VolumeMount,
} from './plan.ts';
import { mounts } from './pod-parts.ts';

/** A container, and what is to be added to it so far. */
export interface UserContainer {
  readonly list: ContainerList;
  readonly index: number;
  readonly view: ContainerView;
  readonly env: EnvVar[];
  readonly volumeMounts: VolumeMount[];
}

/** The user's containers in the order in which they start, and the names of cwii's own. */
export function containersOf(pod: PodView): {
  readonly users: readonly UserContainer[];
  readonly ownNames: ReadonlySet<string>;
} {
  const all = (['initContainers', 'containers'] as const).flatMap((list) =>
    (pod.spec[list] ?? []).map((view, index): UserContainer => ({ list, index, view, env: [], volumeMounts: [] })),
  );
  return {
    users: all.filter((container) => !isOwn(container)),
    ownNames: new Set(all.filter(isOwn).map(({ view }) => view.name)),
  };
}

function isOwn({ list, view }: UserContainer): boolean {
  return list === 'initContainers' && view.name.startsWith('cwii-') && mounts(view, OWN_CONTAINER_MOUNT);
}

/** What is to be added, of the containers that get anything. */
export function additionsTo(containers: readonly UserContainer[]): ContainerAddition[] {
  return containers
    .filter(({ env, volumeMounts }) => env.length > 0 || volumeMounts.length > 0)
    .map(({ list, index, env, volumeMounts }) => ({ list, index, env, volumeMounts }));
}
