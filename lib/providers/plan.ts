// A provider's plan: what containers need to have one cloud's identity, as data.

import type { FindingParams, FixedCode } from '../annotations/finding-codes.ts';
import type { Finding, FindingLocation } from '../annotations/findings.ts';
import type { ContainerView, VariableView } from '../kubernetes/review.ts';

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: NonNullable<VariableView['valueFrom']>;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: true;
  readonly subPath?: string;
}

/** A volume with its source, in the form of the Kubernetes API. */
export interface Volume {
  readonly name: string;
  readonly [source: string]: unknown;
}

/** A container that cwii adds, in the form of the Kubernetes API. */
export interface OwnContainer {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly env: readonly EnvVar[];
  readonly volumeMounts: readonly VolumeMount[];
  readonly [field: string]: unknown;
}

/**
 * Every container that cwii adds mounts an empty volume at the path where the ServiceAccount plugin would
 * mount the API token. A second pass recognises these containers by that mount, because other webhooks may
 * rewrite images and commands.
 */
export const OWN_CONTAINER_MOUNT: VolumeMount = {
  name: 'cwii-no-api-token',
  mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
  readOnly: true,
};

/** A container that cwii adds, with the volumes that only it needs. */
export interface OwnContainerPlan {
  /** A `writer` runs before all other init containers; a `verifier` runs as soon as the pod has a network. */
  readonly role: 'writer' | 'verifier';
  readonly container: OwnContainer;
  readonly volumes: readonly Volume[];
  /** Only a verifier inherits settings. */
  readonly inherits?: InheritedSettings;
}

/** The variables that a verifier takes from the containers that have the identity. */
export interface InheritedSettings {
  readonly variables: readonly string[];
  /** Variables with the path of a CA bundle, by priority. The tool of the cloud reads the first one. */
  readonly caVariables: readonly [string, ...string[]];
  /** A variable of the tool, whose value follows from that of another variable. */
  readonly derived?: {
    readonly from: string;
    readonly name: string;
    readonly values: Readonly<Record<string, string>>;
  };
  /** The annotation that enforces the verification; absent if it is not enforced. */
  readonly enforcedAt?: FindingLocation;
}

/** The codes of findings whose only parameter is a container's name. */
type ContainerCode = {
  [Code in FixedCode]: { container: string } extends FindingParams<Code>
    ? FindingParams<Code> extends { container: string }
      ? Code
      : never
    : never;
}[FixedCode];

/** The names by which a pod shows that it has one cloud's identity from cwii. */
export interface Footprint {
  readonly volumes: readonly [string, ...string[]];
  /** The variables that name a file in one of the volumes; none if containers find the file by its path. */
  readonly fileVariables: readonly string[];
  /** The annotation from which the kubelet may project a file, and the finding for a pod that has lost it. */
  readonly annotation?: { readonly key: string; readonly missing: (at: FindingLocation) => Finding };
  readonly stateDirectory?: StateDirectory;
}

/** Where a program of the cloud keeps its state, for containers that cannot write to their home directory. */
export interface StateDirectory {
  /** The directory that the program chooses itself, from the home directory. */
  readonly inHome: string;
  /** The variable that names another directory. */
  readonly variable: string;
  /** Variables of containers that get the directory. */
  readonly further: readonly EnvVar[];
  /** The name of the volume with the directories of the pod's containers. */
  readonly volume: string;
}

/** Whether cwii may have written a variable of the container, as the pod's annotations say. */
export type MayBeOurs = (variable: string) => boolean;

/** One container's form of a plan that has two forms. */
export interface Fitting {
  readonly plan: ProviderPlan;
  /** The container without what an earlier admission wrote for the other form. The indexes stay. */
  readonly view: ContainerView;
  /** The indexes of variables that are removed. */
  readonly removed: readonly number[];
}

/** One cloud's identity: what a container needs to have it. */
export interface ProviderPlan {
  readonly provider: string;
  /** The projected token first, then further volumes of the identity. */
  readonly volumes: readonly [Volume, ...Volume[]];
  /** One for each volume, in the same order. */
  readonly mounts: readonly [VolumeMount, ...VolumeMount[]];
  /**
   * The variable that names a file of ours. Its exact value and our mounts distinguish our work from a
   * user's. Absent if containers find the file by its path.
   */
  readonly fileVariable?: EnvVar;
  /**
   * All variables of the identity, including `fileVariable`. A container that names another file keeps its
   * own.
   */
  readonly identity: readonly EnvVar[];
  /**
   * The variable of the identity that says which identity it is. A container that sets it, without a file,
   * takes cwii's token for the identity that it names.
   */
  readonly principal?: string;
  /**
   * The principals of single containers, by the container's name; undefined for a container that gets no
   * identity. If `others` is false, no other container gets one.
   */
  readonly principals?: { readonly of: ReadonlyMap<string, EnvVar | undefined>; readonly others: boolean };
  /** How this plan fits one container; undefined if it does as it is. */
  readonly forContainer?: (container: ContainerView, mayBeOurs: MayBeOurs) => Fitting | undefined;
  /** Variables that are added one by one if a container does not set them. */
  readonly extras: readonly EnvVar[];
  /** A container with an identity of its own gets these variables too. */
  readonly extrasForOwnIdentity?: true;
  readonly synonyms?: readonly Synonyms[];
  readonly stateDirectory?: StateDirectory & { readonly source: Volume; readonly mount: VolumeMount };
  /**
   * The findings about the variables of the containers that have the identity.
   *
   * @param pod the pod in messages.
   */
  readonly examine: (containers: readonly IdentityHolder[], pod: string) => readonly Finding[];
  /** Variables that make a container's own role or client a whole identity: it then keeps its own. */
  readonly staticKeys?: readonly string[];
  readonly ownContainers: readonly OwnContainerPlan[];
  /** Annotations on the pod that the identity needs. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly findings: { readonly identityKept: ContainerCode };
}

/**
 * Variables with the same meaning. A container that sets one of them gets none of the plan's values for
 * them.
 */
export interface Synonyms {
  readonly names: readonly string[];
  /** Those of `names` that such a container gets with its own value. */
  readonly completed?: readonly string[];
}

/** A container that has the identity, with its variables after the injection. */
export interface IdentityHolder {
  readonly name: string;
  readonly view: ContainerView;
  readonly variables: ReadonlyMap<string, VariableView | EnvVar>;
}

/**
 * A variable with a literal value. Kubernetes expands `$(NAME)` in values and reads `$$` as `$`. A value from
 * an annotation must not refer to the container's other variables, so `$` is escaped.
 */
export function literal(name: string, value: string): EnvVar {
  return { name, value: value.includes('$') ? value.replaceAll('$', '$$$$') : value };
}

/** A variable with the value of a field of the pod, such as `metadata.name`. */
export function podField(name: string, fieldPath: string): EnvVar {
  // The API server would add the version. It is written here, so that a second pass finds an equal variable.
  return { name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } };
}

/** Whether the variable has a value, or can have one. SDKs treat an empty value like a missing variable. */
export function isSet(variable: VariableView | EnvVar | undefined): boolean {
  return variable !== undefined && (Boolean(variable.value) || Boolean(variable.valueFrom));
}

const MOST_NAMES = 3;

/** The containers in a message: `container app`, or `containers a, b, c and 2 more`. */
export function listNames(containers: readonly IdentityHolder[]): string {
  const names = containers.slice(0, MOST_NAMES).map(({ name }) => name);
  const more = containers.length - names.length;
  return `${containers.length > 1 ? 'containers' : 'container'} ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Whether the container takes variables from ConfigMaps or Secrets, which cwii cannot see. */
export function hasEnvFrom({ envFrom }: ContainerView): boolean {
  return Boolean(envFrom?.length);
}
