// Copies the identities of a pod's containers to the ephemeral containers that are added to it.

import type { Pod } from '../kubernetes/pod.ts';
import type { ContainerView } from '../kubernetes/review.ts';
import type { EnvVar, Footprint, VolumeMount } from '../providers/plan.ts';
import type { ProviderInfo } from '../providers/provider.ts';
import { findObstacle } from './compare.ts';
import { containersOf } from './containers.ts';
import { EarlierWork, readsOurFile } from './earlier.ts';
import type { ContainerAddition } from './plan.ts';
import { needsDirectory, stateVariables } from './state-directory.ts';

/** One provider's identity for one new ephemeral container. */
export interface DebugAddition extends ContainerAddition {
  readonly provider: string;
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
      const state = stateDirectoryOf(view, footprint, sources, earlier);
      return [
        {
          provider: id,
          name: view.name,
          list: 'ephemeralContainers' as const,
          index,
          env: [...env, ...state.env.filter(({ name }) => !present.has(name))],
          volumeMounts: [...volumeMounts, ...state.volumeMounts],
        },
      ];
    });
  });
}

/** The state directory of an ephemeral container that needs one, in the volume of the pod if it has it. */
function stateDirectoryOf(
  view: ContainerView,
  { stateDirectory: directory }: Footprint,
  sources: readonly ContainerView[],
  earlier: EarlierWork,
): Pick<ContainerAddition, 'env' | 'volumeMounts'> {
  const nothing = { env: [], volumeMounts: [] };
  if (!directory || !earlier.volumes.has(directory.volume) || !needsDirectory(view, directory, earlier)) return nothing;
  const [mount] = sources.flatMap(({ volumeMounts }) => copied<VolumeMount>(volumeMounts, [directory.volume]));
  if (!mount || findObstacle(view, mount, earlier)) return nothing;
  return { env: stateVariables(view, directory, mount), volumeMounts: [mount] };
}

/** Whether the ephemeral container targets this one. */
function rank(user: { readonly view: ContainerView }, { targetContainerName }: ContainerView): number {
  return user.view.name === targetContainerName ? 1 : 0;
}

/** The items of these names, as they are on the pod. */
function copied<Item>(list: readonly { readonly name: string }[] | null | undefined, names: readonly string[]): Item[] {
  return (list ?? []).filter(({ name }) => names.includes(name)) as Item[];
}
