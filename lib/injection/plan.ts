// What is to be added to a pod, as data: providers make plans, merge makes one of them, inject makes it a patch.

import type { Finding } from '../annotations/findings.ts';
import type { ProviderId } from '../providers/provider.ts';

export interface EnvVar {
  readonly name: string;
  readonly value: string;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: true;
}

/** A volume with its source, in the form of the Kubernetes API. */
export interface Volume {
  readonly name: string;
  readonly [source: string]: unknown;
}

/** A container of cwii's own, in the form of the Kubernetes API. */
export interface OwnContainer {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly env: readonly EnvVar[];
  readonly volumeMounts: readonly VolumeMount[];
  readonly [field: string]: unknown;
}

/** One cloud's identity: what a container needs to have it. */
export interface ProviderPlan {
  readonly provider: ProviderId;
  /** The projected token. */
  readonly tokenVolume: Volume;
  readonly tokenMount: VolumeMount;
  /** The variable that names the token file: with our mount, its exact value tells our work from a user's own. */
  readonly tokenFile: EnvVar;
  /** All variables of the identity, the token file's included. A container that sets one of them keeps its own. */
  readonly identity: readonly EnvVar[];
  /** Variables that are added one by one where a container lacks them. */
  readonly extras: readonly EnvVar[];
  /** Variables that the cloud's SDKs prefer to the identity; a container that sets one gets a warning. */
  readonly staticKeys: readonly string[];
  readonly verifier?: { readonly container: OwnContainer; readonly volumes: readonly Volume[] };
  readonly findings: { readonly identityKept: Finding['code']; readonly staticKeys: Finding['code'] };
}

export type ContainerList = 'containers' | 'initContainers';

/** What one of the pod's own containers gets. */
export interface ContainerAddition {
  readonly list: ContainerList;
  readonly index: number;
  readonly env: readonly EnvVar[];
  readonly volumeMounts: readonly VolumeMount[];
}

/** Everything that is added to one pod. */
export interface InjectionPlan {
  readonly volumes: readonly Volume[];
  readonly containers: readonly ContainerAddition[];
  /** Our init containers, in order, from this index of the pod's own list on. */
  readonly initContainers: { readonly index: number; readonly containers: readonly OwnContainer[] };
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * A variable with a literal value. Kubernetes expands `$(NAME)` in values and reads `$$` as `$`; a value that an
 * annotation chose must not reach into the container's other variables.
 */
export function literal(name: string, value: string): EnvVar {
  return { name, value: value.replaceAll('$', '$$$$') };
}
