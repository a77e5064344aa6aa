// Compares a pod's mounts and volumes with planned ones, including the defaults that the API server fills in.

import { isWithin, placeOf } from '../kubernetes/mount-paths.ts';
import type { ContainerView, VolumeView } from '../kubernetes/review.ts';
import type { VolumeMount } from '../providers/plan.ts';
import { DEFAULT_FILE_MODE } from '../providers/token.ts';

export type MountView = NonNullable<ContainerView['volumeMounts']>[number];

/** Whether the paths are those of a Windows container. */
export interface PathOptions {
  readonly windows: boolean;
}

export function hasMount(container: ContainerView, planned: VolumeMount, options: PathOptions): boolean {
  return container.volumeMounts?.some((mount) => isMount(mount, planned, options)) ?? false;
}

function isMount(mount: MountView, planned: VolumeMount, { windows }: PathOptions): boolean {
  const same = () => placeOf(mount.mountPath, windows) === placeOf(planned.mountPath, windows);
  const samePart = (mount.subPath || undefined) === planned.subPath && !mount.subPathExpr;
  return mount.name === planned.name && samePart && same();
}

/** Whether the whole volume is mounted. */
export function isWhole({ subPath, subPathExpr }: MountView): boolean {
  return !subPath && !subPathExpr;
}

/** A mount or a block device of a container that is in the way of a planned mount. */
export interface Obstacle {
  /**
   * `taken`: it takes the path, or hides a file below it. `read-only-parent`: it is above the path, and the
   * container runtime cannot create the mount point in it.
   */
  readonly kind: 'taken' | 'read-only-parent';
  /** The name of the volume. */
  readonly name: string;
  readonly path: string;
}

/**
 * The first thing that takes the path of a planned mount; else the read-only mount above it.
 *
 * Container runtimes mount parents before children (containerd and CRI-O sort by depth), so a writable mount
 * above the path does no harm, and only the nearest mount above decides.
 */
export function findObstacle(
  { volumeMounts, volumeDevices }: ContainerView,
  planned: VolumeMount,
  { windows, volumes }: PathOptions & { readonly volumes: ReadonlyMap<string, VolumeView> },
): Obstacle | undefined {
  const target = placeOf(planned.mountPath, windows);
  let parent: { readonly place: string; readonly mount: MountView } | undefined;
  for (const mount of volumeMounts ?? []) {
    const place = placeOf(mount.mountPath, windows);
    if (isWithin(place, target)) {
      if (!isMount(mount, planned, { windows })) return { kind: 'taken', name: mount.name, path: mount.mountPath };
    } else if (isWithin(target, place) && place.length >= (parent?.place.length ?? 0)) parent = { place, mount };
  }
  for (const { name, devicePath: path } of volumeDevices ?? []) {
    const place = placeOf(path, windows);
    // A device is a file: it cannot contain the mount point either.
    if (isWithin(place, target) || isWithin(target, place)) return { kind: 'taken', name, path };
  }
  if (!parent || !isReadOnly(parent.mount, volumes)) return undefined;
  return { kind: 'read-only-parent', name: parent.mount.name, path: parent.mount.mountPath };
}

/** The kubelet mounts these sources read-only, whatever the mount says (`Attributes.ReadOnly`). */
const READ_ONLY_SOURCES = ['secret', 'configMap', 'projected', 'downwardAPI', 'image'];

/**
 * Most other sources, such as a PersistentVolumeClaim and CSI, have a field `readOnly` of their own. A volume
 * with a reserved name may be added only now, and its files are read-only.
 */
export function isReadOnly({ name, readOnly }: MountView, volumes: ReadonlyMap<string, VolumeView>): boolean {
  if (readOnly || name.startsWith('cwii-')) return true;
  return Object.entries(volumes.get(name) ?? {}).some(([source, value]) => {
    if (typeof value !== 'object' || value === null) return false;
    return READ_ONLY_SOURCES.includes(source) || ('readOnly' in value && value.readOnly === true);
  });
}

/**
 * The volume as it was planned, without the default mode that the API server fills in between two webhooks.
 */
export function withoutDefaults(volume: VolumeView): unknown {
  const planned = Object.entries(volume).map(([source, value]) => {
    const filled = typeof value === 'object' && value !== null && 'defaultMode' in value;
    if (!filled || value.defaultMode !== DEFAULT_FILE_MODE) return [source, value];
    const { defaultMode: _, ...rest } = value;
    return [source, rest];
  });
  return Object.fromEntries(planned);
}
