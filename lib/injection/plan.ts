// The injection plan: everything that cwii changes on one pod, as data.

import type { ContainerChoice } from '../annotations/container-choice.ts';
import type { Severity } from '../annotations/finding-codes.ts';
import type { EnvVar, OwnContainer, ProviderPlan, Volume, VolumeMount } from '../providers/plan.ts';

export type ContainerList = 'containers' | 'initContainers' | 'ephemeralContainers';

/** The additions to one of the pod's own containers. */
export interface ContainerAddition {
  readonly list: ContainerList;
  readonly index: number;
  readonly env: readonly EnvVar[];
  readonly volumeMounts: readonly VolumeMount[];
}

/** A change of an item that cwii wrote in an earlier admission. */
export interface Correction {
  /** The path of the list, such as `spec`, `containers`, `0`, `env`. */
  readonly list: readonly (string | number)[];
  readonly index: number;
  /** The item in its place; undefined to remove it. */
  readonly item: unknown;
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
  readonly corrections: readonly Correction[];
  /** The indexes of init containers that cwii added in an earlier admission. */
  readonly removedInitContainers: readonly number[];
}

/** One provider's plan and the containers that it is for. */
export interface Target {
  readonly plan: ProviderPlan;
  readonly choice: ContainerChoice;
  /** The severity of a mount that makes the identity impossible; `warn` leaves out only its container. */
  readonly severityOfObstacle: Severity;
}
