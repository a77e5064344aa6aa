// What is to be added to a pod, as data: providers make plans, merge makes one of them, inject makes it a patch.

import type { Finding } from '../annotations/findings.ts';
import type { ProviderId } from '../providers/provider.ts';

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef: { readonly apiVersion: 'v1'; readonly fieldPath: string } };
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

/**
 * Every container of cwii's own mounts an empty volume where the ServiceAccount plugin would mount the API token. By
 * that it is known on a second pass: images and commands get rewritten by others in between.
 */
export const OWN_CONTAINER_MOUNT: VolumeMount = {
  name: 'cwii-no-api-token',
  mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
  readOnly: true,
};

/** A container of cwii's own, with the volumes that only it needs. */
export interface OwnContainerPlan {
  /** A `writer` runs before everything else; a `verifier` as soon as there is a network. */
  readonly role: 'writer' | 'verifier';
  readonly container: OwnContainer;
  readonly volumes: readonly Volume[];
}

/** One cloud's identity: what a container needs to have it. */
export interface ProviderPlan {
  readonly provider: ProviderId;
  /** The projected token first, then what else the identity needs. */
  readonly volumes: readonly [Volume, ...Volume[]];
  /** One for each volume, in the same order. */
  readonly mounts: readonly [VolumeMount, ...VolumeMount[]];
  /** The variable that names a file of ours: with our mounts, its exact value tells our work from a user's own. */
  readonly fileVariable: EnvVar;
  /** All variables of the identity, that one included. A container that sets one of them keeps its own. */
  readonly identity: readonly EnvVar[];
  /** Variables that are added one by one where a container lacks them. */
  readonly extras: readonly EnvVar[];
  /** Variables that mean the same: a container that sets one of them lacks none. */
  readonly synonyms?: readonly (readonly string[])[];
  /** Variables that the cloud's SDKs prefer to the identity; a container that sets one gets a warning. */
  readonly staticKeys: readonly string[];
  readonly ownContainers: readonly OwnContainerPlan[];
  /** Annotations of the pod that the identity needs. */
  readonly annotations: Readonly<Record<string, string>>;
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
  /** Our init containers, each list in order and before the pod's own init container of that index. */
  readonly initContainers: readonly { readonly before: number; readonly containers: readonly OwnContainer[] }[];
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * A variable with a literal value. Kubernetes expands `$(NAME)` in values and reads `$$` as `$`; a value that an
 * annotation chose must not reach into the container's other variables.
 */
export function literal(name: string, value: string): EnvVar {
  return { name, value: value.includes('$') ? value.replaceAll('$', '$$$$') : value };
}

/** A variable whose value is a field of the pod, such as `metadata.name`. */
export function podField(name: string, fieldPath: string): EnvVar {
  // The API server would fill in the version; written out, a second pass finds what the first one planned.
  return { name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } };
}
