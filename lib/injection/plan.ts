// The injection plan: everything that cwii adds to one pod, as data.

import type { EnvVar, OwnContainer, Volume, VolumeMount } from '../providers/plan.ts';

export type ContainerList = 'containers' | 'initContainers';

/** The additions to one of the pod's own containers. */
export interface ContainerAddition {
  readonly list: ContainerList;
  readonly index: number;
  readonly env: readonly EnvVar[];
  readonly volumeMounts: readonly VolumeMount[];
}

export interface InjectionPlan {
  readonly volumes: readonly Volume[];
  readonly containers: readonly ContainerAddition[];
  /**
   * Init containers of cwii. Each list is in order and goes before the pod's own init container of that
   * index.
   */
  readonly initContainers: readonly { readonly before: number; readonly containers: readonly OwnContainer[] }[];
  readonly annotations: Readonly<Record<string, string>>;
}
