// A pod's containers: those of the user, with their additions, and those that cwii added earlier.

import { PlanCollisionError } from '../common/errors.ts';
import type { Pod } from '../kubernetes/pod.ts';
import type { ContainerView, VariableView } from '../kubernetes/review.ts';
import { type EnvVar, type Fitting, OWN_CONTAINER_MOUNT, type VolumeMount } from '../providers/plan.ts';
import { hasMount } from './compare.ts';
import type { ContainerAddition, ContainerList, Correction } from './plan.ts';
import { variablesOf } from './variables.ts';

/** More than any real pod has. An identity is kilobytes in a container, and an answer has at most 6 MB. */
const MOST_CONTAINERS = 500;
const MOST_IDENTITIES_IN_CONTAINERS = 2000;

export function mostContainers(identities: number): number {
  return Math.min(MOST_CONTAINERS, Math.floor(MOST_IDENTITIES_IN_CONTAINERS / identities));
}

/** A container of the pod, and the additions to it so far. */
export interface PodContainer {
  readonly list: ContainerList;
  readonly index: number;
  /** Without the variables that are removed; the others keep their indexes. */
  view: ContainerView;
  /** The user's variables by name. */
  variables: ReadonlyMap<string, VariableView>;
  /** The variables by name after the changes so far. */
  readonly after: Map<string, VariableView | EnvVar>;
  readonly env: EnvVar[];
  readonly volumeMounts: VolumeMount[];
}

/** The user's containers in the order in which they start, and the containers that cwii added earlier. */
export function containersOf(pod: Pod): {
  readonly users: readonly PodContainer[];
  readonly own: readonly PodContainer[];
} {
  const all = (['initContainers', 'containers'] as const).flatMap((list) =>
    pod[list].map((view, index): PodContainer => {
      const variables = variablesOf(view);
      return { list, index, view, variables, after: new Map(variables), env: [], volumeMounts: [] };
    }),
  );
  const isOwn = ({ list, view }: PodContainer) =>
    list === 'initContainers' && view.name.startsWith('cwii-') && hasMount(view, OWN_CONTAINER_MOUNT, pod);
  return { users: all.filter((container) => !isOwn(container)), own: all.filter(isOwn) };
}

/** The additions, for the containers that get any. */
export function additionsTo(containers: readonly PodContainer[]): ContainerAddition[] {
  return containers
    .filter(({ env, volumeMounts }) => env.length > 0 || volumeMounts.length > 0)
    .map(({ list, index, env, volumeMounts }) => ({ list, index, env, volumeMounts }));
}

/** Adds variables of one provider to a container. Two providers have none in common. */
export function addVariables({ env, after }: PodContainer, variables: readonly EnvVar[]): void {
  for (const variable of variables) {
    if (env.some(({ name }) => name === variable.name)) throw new PlanCollisionError(`variable ${variable.name}`);
    env.push(variable);
    after.set(variable.name, variable);
  }
}

/** Removes variables of another form of an identity from what is known of the container. */
export function removeVariables(container: PodContainer, fitting: Fitting | undefined): Correction[] {
  if (!fitting || fitting.removed.length === 0) return [];
  const { list, index, view, after } = container;
  for (const at of fitting.removed) after.delete(view.env?.[at]?.name ?? '');
  container.view = fitting.view;
  container.variables = variablesOf(fitting.view);
  return fitting.removed.map((at) => ({ list: ['spec', list, index, 'env'], index: at, item: undefined }));
}
