// Brings the containers that cwii added in an earlier admission up to date.

import type { ContainerView } from '../kubernetes/review.ts';
import type { EnvVar, OwnContainer, VolumeMount } from '../providers/plan.ts';
import { hasMount, isWhole, type MountView, type PathOptions } from './compare.ts';
import type { Correction } from './plan.ts';
import { isSame } from './variables.ts';

/**
 * The differences between a container of cwii on the pod and the planned one. Other webhooks rewrite images,
 * resources and the beginning of commands, so these stay; a script, a variable or a mount of cwii does not.
 */
export function correctOwn(
  { index, view }: { readonly index: number; readonly view: ContainerView },
  planned: OwnContainer,
  options: PathOptions,
): {
  readonly corrections: readonly Correction[];
  readonly env: readonly EnvVar[];
  readonly volumeMounts: readonly VolumeMount[];
} {
  const at = ['spec', 'initContainers', index];
  const corrections: Correction[] = [];
  const env: EnvVar[] = [];
  for (const item of planned.env) {
    const found = view.env?.findIndex(({ name }) => name === item.name) ?? -1;
    const present = view.env?.[found];
    if (!present) env.push(item);
    else if (!isSame(present, item)) corrections.push({ list: [...at, 'env'], index: found, item });
  }
  const mounts = correctMounts(view, planned.volumeMounts, {
    list: [...at, 'volumeMounts'],
    isOurs: () => true,
    ...options,
  });
  const { command } = view as { readonly command?: unknown };
  const script = planned.command[2];
  const isOurs = Array.isArray(command) && command.length === 3 && command[0] === 'sh' && command[1] === '-c';
  if (isOurs && command[2] !== script) corrections.push({ list: [...at, 'command'], index: 2, item: script });
  return { corrections: [...corrections, ...mounts.corrections], env, volumeMounts: mounts.added };
}

/**
 * Mounts that the container lacks, and mounts of the same volumes at the paths of an earlier mount root.
 *
 * @param isOurs whether a mount of such a volume is cwii's. Otherwise it stays.
 */
export function correctMounts(
  view: ContainerView,
  planned: readonly VolumeMount[],
  {
    list,
    isOurs,
    windows,
  }: PathOptions & { readonly list: Correction['list']; readonly isOurs: (mount: MountView) => boolean },
): { readonly added: readonly VolumeMount[]; readonly corrections: readonly Correction[] } {
  const added: VolumeMount[] = [];
  const corrections: Correction[] = [];
  for (const item of planned) {
    if (hasMount(view, item, { windows })) continue;
    const isMoved = (mount: MountView) => mount.name === item.name && isWhole(mount) && isOurs(mount);
    const index = view.volumeMounts?.findIndex(isMoved) ?? -1;
    if (index !== -1) corrections.push({ list, index, item });
    else added.push(item);
  }
  return { added, corrections };
}
