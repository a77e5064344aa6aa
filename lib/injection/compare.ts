// Compares a pod's mounts and volumes with planned ones, including the defaults that the API server fills in.

import { withoutTrailingSlashes } from '../common/trailing-slashes.ts';
import type { ContainerView, VolumeView } from '../kubernetes/review.ts';
import type { VolumeMount } from '../providers/plan.ts';
import { DEFAULT_FILE_MODE } from '../providers/token.ts';

type MountView = NonNullable<ContainerView['volumeMounts']>[number];

export function hasMount(container: ContainerView, planned: VolumeMount): boolean {
  return container.volumeMounts?.some((mount) => isMount(mount, planned)) ?? false;
}

function isMount(mount: MountView, planned: VolumeMount): boolean {
  const whole = !mount.subPath && !mount.subPathExpr;
  return mount.name === planned.name && samePath(mount.mountPath, planned.mountPath) && whole;
}

/** Whether another mount takes the path of the planned one, or hides a file below it. */
export function conflicts(mount: MountView, planned: VolumeMount): boolean {
  const inside = `${withoutTrailingSlashes(mount.mountPath)}/`.startsWith(`${planned.mountPath}/`);
  return inside && !isMount(mount, planned);
}

function samePath(one: string, other: string): boolean {
  return withoutTrailingSlashes(one) === withoutTrailingSlashes(other);
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
