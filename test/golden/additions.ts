// Applies the additions that a golden case expects to the given pod.

import type { Manifest } from '../../cli/preview/manifest-reader.ts';
import {
  type Annotations,
  annotationTexts,
  type Container,
  containerManifest,
  type EnvNotation,
  envList,
  type MountNotation,
  mountList,
  named,
} from './notation.ts';
import {
  type Cloud,
  clouds,
  type IdentityChanges,
  identityOf,
  ownContainer,
  type PlacedContainer,
  type Volumes,
} from './standard.ts';

/** The `adds` of a case: identities by their cloud, and additions that are spelled out. */
export interface Adds extends Partial<Readonly<Record<Cloud, 'standard' | IdentityChanges>>>, Partial<SpelledOut> {}

/** Additions by their names. The pod gets them in this order. */
export interface SpelledOut {
  readonly annotations: Annotations;
  readonly volumes: Volumes;
  /** For the pod's own containers. */
  readonly containers: Readonly<Record<string, ContainerAdditions>>;
  /** Containers of cwii. */
  readonly initContainers: Readonly<Record<string, PlacedContainer>>;
}

export interface ContainerAdditions {
  readonly env?: EnvNotation;
  readonly mounts?: readonly MountNotation[];
}

/** The parts of a pod that cwii adds to. */
export interface PodParts extends Manifest {
  readonly metadata: Manifest['metadata'] & { annotations?: Readonly<Record<string, string>> | null };
  readonly spec: { containers: Container[]; initContainers?: Container[] | null; volumes?: object[] | null };
}

/** The pod as it is admitted. */
export function withAdditions(pod: Manifest, adds: Adds): Manifest {
  return applied(structuredClone(pod) as PodParts, spelledOut(adds, namesIn(pod as PodParts)));
}

/** The names of all containers of a pod, in the order of its two lists. */
export function namesIn(pod: PodParts): string[] {
  return containersOf(pod).map(({ name }) => name);
}

export function containersOf({ spec }: PodParts): Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

function spelledOut(adds: Adds, names: readonly string[]): SpelledOut {
  const parts: Partial<SpelledOut>[] = [];
  for (const cloud of clouds) {
    const identity = adds[cloud];
    if (identity !== undefined) parts.push(identityAdditions(cloud, identity === 'standard' ? {} : identity, names));
  }
  const injected = clouds.filter((cloud) => adds[cloud] !== undefined).join(',');
  if (injected) parts.push({ annotations: { 'cwii.dev/injected': injected } });
  return [...parts, adds].reduce<SpelledOut>(joined, {
    annotations: {},
    volumes: {},
    containers: {},
    initContainers: {},
  });
}

function identityAdditions(cloud: Cloud, changes: IdentityChanges, names: readonly string[]): SpelledOut {
  const identity = identityOf(cloud, changes);
  const { env, mounts } = identity;
  const own = Object.values(identity.initContainers);
  const removed = Object.assign({}, ...own.map(({ annotations }) => annotations));
  return {
    annotations: Object.fromEntries(Object.entries(identity.annotations ?? {}).filter(([key]) => !(key in removed))),
    volumes: Object.assign({ ...identity.volumes }, ...own.map(({ volumes }) => volumes)),
    containers: Object.fromEntries((changes.containers ?? names).map((name) => [name, { env, mounts }])),
    initContainers: Object.fromEntries(
      Object.entries(changes.initContainers ?? {}).map(([name, { at }]) => [
        name,
        { at, ...ownContainer(identity, name) },
      ]),
    ),
  };
}

function joined(all: SpelledOut, more: Partial<SpelledOut>): SpelledOut {
  const containers = { ...all.containers };
  for (const [name, { env, mounts = [] }] of Object.entries(more.containers ?? {}))
    containers[name] = {
      env: { ...containers[name]?.env, ...env },
      mounts: [...(containers[name]?.mounts ?? []), ...mounts],
    };
  return {
    annotations: { ...all.annotations, ...more.annotations },
    volumes: { ...all.volumes, ...more.volumes },
    containers,
    initContainers: { ...all.initContainers, ...more.initContainers },
  };
}

/** `pod` with the additions, each list at its end. */
function applied(pod: PodParts, { annotations, volumes, containers, initContainers }: SpelledOut): Manifest {
  const { metadata, spec } = pod;
  const texts = annotationTexts(annotations);
  if (Object.keys(texts).length > 0) metadata.annotations = { ...metadata.annotations, ...texts };
  if (Object.keys(volumes).length > 0) spec.volumes = [...(spec.volumes ?? []), ...named(volumes)];
  for (const [name, { env, mounts }] of Object.entries(containers)) {
    const container = containersOf(pod).find((candidate) => candidate.name === name);
    if (!container) throw new Error(`adds: the pod has no container ${name}`);
    if (env) container.env = [...(container.env ?? []), ...envList(env)];
    if (mounts) container.volumeMounts = [...(container.volumeMounts ?? []), ...mountList(mounts)];
  }
  // In the order of their places: each one moves those behind it.
  for (const [name, { at, ...fields }] of Object.entries(initContainers).sort(([, a], [, b]) => a.at - b.at)) {
    spec.initContainers ??= [];
    spec.initContainers.splice(at, 0, containerManifest(name, fields));
  }
  return pod;
}
