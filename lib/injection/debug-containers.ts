// Copies the identities of a pod's containers to the ephemeral containers that are added to it.

import type { ProviderId } from '../annotations/keys.ts';
import type { Pod } from '../kubernetes/pod.ts';
import type { ContainerView } from '../kubernetes/review.ts';
import type { EnvVar, VolumeMount } from '../providers/plan.ts';
import type { ProviderInfo } from '../providers/provider.ts';
import { findObstacle } from './compare.ts';
import { containersOf } from './containers.ts';
import { EarlierWork, readsOurFile } from './earlier.ts';
import type { ContainerAddition } from './plan.ts';

/** One provider's identity for one new ephemeral container. */
export interface DebugAddition extends ContainerAddition {
  readonly provider: ProviderId;
  /** The name of the container. */
  readonly name: string;
}

/** @param before the ephemeral containers that the pod already has. */
export function debugAdditions(
  pod: Pod,
  before: readonly ContainerView[],
  providers: readonly ProviderInfo[],
): DebugAddition[] {
  const known = new Set(before.map(({ name }) => name));
  const { users } = containersOf(pod);
  const earlier = new EarlierWork(pod);
  return pod.ephemeralContainers.flatMap((view, index) => {
    if (known.has(view.name)) return [];
    // The container that is debugged may have a role of its own.
    const present = new Set(view.env?.map(({ name }) => name));
    const sources = users.toSorted((one, other) => rank(other, view) - rank(one, view)).map((user) => user.view);
    return providers.flatMap(({ id, footprint, identityVariables, furtherVariables }) => {
      const source = earlier.hasVolumes(footprint)
        ? sources.find((candidate) => readsOurFile(candidate, footprint, pod))
        : undefined;
      if (!source || identityVariables.some((name) => present.has(name))) return [];
      const volumeMounts = copied<VolumeMount>(source.volumeMounts, footprint.volumes);
      if (volumeMounts.some((mount) => findObstacle(view, mount, earlier))) return [];
      const names = [...identityVariables, ...furtherVariables].filter((name) => !present.has(name));
      const env = copied<EnvVar>(source.env, names);
      return [{ provider: id, name: view.name, list: 'ephemeralContainers' as const, index, env, volumeMounts }];
    });
  });
}

/** Whether the ephemeral container targets this one. */
function rank(user: { readonly view: ContainerView }, { targetContainerName }: ContainerView): number {
  return user.view.name === targetContainerName ? 1 : 0;
}

/** The items of these names, as they are on the pod. */
function copied<Item>(list: readonly { readonly name: string }[] | null | undefined, names: readonly string[]): Item[] {
  return (list ?? []).filter(({ name }) => names.includes(name)) as Item[];
}
