// The inverse of additions.ts: describes in a case's notation what an admitted pod has more than it had.

import { isDeepStrictEqual } from 'node:util';
import type { Manifest } from '../../cli/preview/manifest-reader.ts';
import {
  type Adds,
  type ContainerAdditions,
  containersOf,
  namesIn,
  type PodParts,
  type SpelledOut,
  withAdditions,
} from './additions.ts';
import { isMap, patchBetween } from './merge-patch.ts';
import { type Annotations, type Container, type MountNotation, mountList } from './notation.ts';
import {
  type Cloud,
  clouds,
  type IdentityChanges,
  identityOf,
  ownContainer,
  standard,
  tokenIn,
  type Volumes,
} from './standard.ts';

/** The shortest `adds` that make `admitted` of `pod`; undefined if more was changed than `adds` can say. */
export function additionsOf(pod: Manifest, admitted: Manifest): 'nothing' | Adds | undefined {
  if (isDeepStrictEqual(pod, admitted)) return 'nothing';
  const difference = differenceBetween(pod as PodParts, admitted as PodParts);
  const descriptions: Adds[] = [withIdentities(pod as PodParts, difference), withoutEmpty(difference)];
  return descriptions.find((adds) => isDeepStrictEqual(withAdditions(pod, adds), admitted));
}

function differenceBetween(pod: PodParts, admitted: PodParts): SpelledOut {
  const before = pod.metadata.annotations ?? {};
  const given = new Map(containersOf(pod).map((container) => [container.name, container]));
  const volumes = (admitted.spec.volumes ?? []).slice(pod.spec.volumes?.length ?? 0) as { name: string }[];
  const own = (admitted.spec.initContainers ?? []).map((container, at) => ({ at, ...container }));
  return {
    annotations: Object.fromEntries(
      Object.entries(admitted.metadata.annotations ?? {}).filter(([key, text]) => before[key] !== text),
    ),
    volumes: Object.fromEntries(volumes.map(({ name, ...source }) => [name, source])),
    containers: withoutEmpty(
      Object.fromEntries(
        containersOf(admitted)
          .filter(({ name }) => given.has(name))
          .map((container) => [container.name, addedTo(container, given.get(container.name))]),
      ),
    ),
    initContainers: Object.fromEntries(
      own
        .filter(({ name }) => !given.has(name))
        .map(({ name, env, volumeMounts, ...fields }) => [
          name,
          { ...fields, ...addedTo({ name, env, volumeMounts }) },
        ]),
    ),
  };
}

/** The additions to a container. */
function addedTo(container: Container, before?: Container): ContainerAdditions {
  const env = (container.env ?? []).slice(before?.env?.length ?? 0) as { name: string; value: string }[];
  const mounts = (container.volumeMounts ?? []).slice(before?.volumeMounts?.length ?? 0) as MountFields[];
  return withoutEmpty({
    env: Object.fromEntries(env.map(({ name, value, ...source }) => [name, value ?? source])),
    ...(mounts.length > 0 && { mounts: mounts.map(shortMount) }),
  });
}

interface MountFields extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
}

function shortMount(mount: MountFields): MountNotation {
  const short = `${mount.name}:${mount.mountPath}${mount.readOnly ? ':ro' : ''}`;
  return isDeepStrictEqual(mountList([short]), [mount]) ? short : mount;
}

/** With the standard identity of each cloud that was injected, and only what differs from it. */
function withIdentities(pod: PodParts, difference: SpelledOut): Adds {
  const injected = clouds.filter((cloud) => tokenIn(cloud, difference.volumes));
  const identities = injected.map((cloud) => {
    const changes = changesIn(cloud, namesIn(pod), difference);
    return [cloud, Object.keys(changes).length > 0 ? changes : 'standard'] as const;
  });
  const adds: Adds = Object.fromEntries(identities);
  const usual = differenceBetween(pod, withAdditions(pod, adds) as PodParts);
  const annotations = patchBetween(usual.annotations, difference.annotations);
  const volumes = patchBetween(usual.volumes, difference.volumes);
  return {
    ...adds,
    ...(isMap(annotations) && { annotations: annotations as Annotations }),
    ...(isMap(volumes) && { volumes: volumes as Volumes }),
  };
}

function changesIn(cloud: Cloud, names: readonly string[], difference: SpelledOut): IdentityChanges {
  const { env, mounts, volumes, credentials, initContainers } = standard[cloud];
  const isOurs = (mount: MountNotation) => typeof mount === 'string' && mount.startsWith(`cwii-${cloud}-`);
  const ourMounts = (name: string) => difference.containers[name]?.mounts?.filter(isOurs) ?? [];
  const getting = names.filter((name) => ourMounts(name).length > 0);
  const [first = ''] = getting;
  const ourEnv = Object.entries(difference.containers[first]?.env ?? {}).filter(([name]) => cloudOf(name) === cloud);

  const changes: IdentityChanges = withoutEmpty({
    token: patchBetween(tokenIn(cloud, volumes), tokenIn(cloud, difference.volumes)),
    env: patchBetween(env, Object.fromEntries(ourEnv)),
    mounts: patchBetween(mounts, ourMounts(first)),
    credentials: credentials && patchBetween(credentials, credentialsIn(difference)),
    containers: getting.length < names.length ? getting : undefined,
  });
  const own = Object.keys(initContainers).flatMap((name) => {
    const { at, ...fields } = difference.initContainers[name] ?? {};
    if (at === undefined) return [];
    const usual = ownContainer(identityOf(cloud, { ...changes, initContainers: { [name]: { at } } }), name);
    return [[name, { at, ...(patchBetween(usual, fields) as object) }] as const];
  });
  return withoutEmpty({ ...changes, initContainers: Object.fromEntries(own) });
}

/** The cloud whose SDKs read the variable. */
function cloudOf(variable: string): Cloud {
  if (variable.startsWith('AWS_')) return 'aws';
  return variable.startsWith('AZURE_') ? 'az' : 'gcp';
}

/** The credentials file, from the annotation or from the container that writes it. */
function credentialsIn({ annotations, initContainers }: SpelledOut): unknown {
  const text = annotations['cwii.dev/gcp-credentials'] || initContainers['cwii-gcp-creds-writer']?.env?.['CREDENTIALS'];
  return typeof text === 'string' ? JSON.parse(text) : undefined;
}

function withoutEmpty<T extends object>(map: object): T {
  const isEmpty = (value: unknown) => value === undefined || (isMap(value) && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(map).filter(([, value]) => !isEmpty(value))) as T;
}
