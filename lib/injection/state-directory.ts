// Decides which containers get a directory for the state of a cloud's program, and where it is.

import { isWithin, placeOf } from '../kubernetes/mount-paths.ts';
import type { ContainerView, VariableView } from '../kubernetes/review.ts';
import {
  type EnvVar,
  literal,
  type ProviderPlan,
  type StateDirectory,
  type Volume,
  type VolumeMount,
} from '../providers/plan.ts';
import { isReadOnly, type MountView } from './compare.ts';
import type { PodContainer } from './containers.ts';
import type { EarlierWork } from './earlier.ts';
import { variablesOf } from './variables.ts';

/**
 * Writable mounts at or below these paths are not home directories (Filesystem Hierarchy Standard). The image
 * or its passwd file may put the home directory anywhere else, for example at `/srv/app`.
 */
const NEVER_HOME = ['/dev', '/etc', '/proc', '/run', '/sys', '/tmp', '/var/cache', '/var/log', '/var/tmp'];

/** The plan for one container: with the directory if the container needs it. */
export function withStateDirectory(plan: ProviderPlan, view: ContainerView, earlier: EarlierWork): ProviderPlan {
  const directory = plan.stateDirectory;
  if (!directory || !needsDirectory(view, directory, earlier)) return plan;
  const extras = [...plan.extras, ...stateVariables(view, directory, directory.mount)];
  return { ...plan, mounts: [...plan.mounts, directory.mount], extras };
}

/** The plan's volumes, with that of the directories if a container needs one. */
export function volumesFor(
  { volumes, stateDirectory: directory }: ProviderPlan,
  containers: readonly PodContainer[],
  earlier: EarlierWork,
): readonly Volume[] {
  const isNeeded = directory && containers.some(({ view }) => needsDirectory(view, directory, earlier));
  return isNeeded ? [...volumes, directory.source] : volumes;
}

/** Each container has its own directory: another user could not read the files of the first one. */
export function stateVariables(
  { name }: ContainerView,
  { variable, further }: StateDirectory,
  { mountPath }: Pick<VolumeMount, 'mountPath'>,
): EnvVar[] {
  return [literal(variable, `${mountPath}/${name}`), ...further];
}

/** Whether it is certain that the program cannot write to its directory. */
export function needsDirectory(
  view: ContainerView,
  directory: StateDirectory,
  earlier: Pick<EarlierWork, 'volumes' | 'windows'>,
): boolean {
  if (view.securityContext?.readOnlyRootFilesystem !== true) return false;
  const variables = variablesOf(view);
  const chosen = variables.get(directory.variable);
  if (chosen) return isInVolume(chosen, view, directory);
  const home = variables.get('HOME');
  return home?.value && !home.value.includes('$')
    ? !isWritable(placeOf(`${home.value}/${directory.inHome}`, false), view, earlier)
    : !mayBeWritable(view, directory, earlier);
}

/** Whether the variable was set in an earlier admission. */
function isInVolume({ value }: VariableView, { volumeMounts }: ContainerView, { volume }: StateDirectory): boolean {
  const place = placeOf(value ?? '', false);
  return (
    volumeMounts?.some(({ name, mountPath }) => name === volume && isWithin(place, placeOf(mountPath, false))) ?? false
  );
}

/** Whether a mount is at the place or below it, or the nearest mount above it is writable. */
function isWritable(place: string, view: ContainerView, { volumes }: Pick<EarlierWork, 'volumes'>): boolean {
  let nearest: MountAt | undefined;
  for (const one of usersMounts(view)) {
    if (isWithin(one.place, place)) return true;
    if (isWithin(place, one.place) && one.place.length >= (nearest?.place.length ?? 0)) nearest = one;
  }
  return nearest !== undefined && !isReadOnly(nearest.mount, volumes);
}

/** Whether one of the mounts can contain the home directory, which the pod does not tell. */
function mayBeWritable(
  view: ContainerView,
  { inHome }: StateDirectory,
  { volumes }: Pick<EarlierWork, 'volumes'>,
): boolean {
  return usersMounts(view).some(
    ({ mount, place }) =>
      place.includes(`/${inHome}`) || !(isReadOnly(mount, volumes) || NEVER_HOME.some((path) => isWithin(place, path))),
  );
}

interface MountAt {
  readonly mount: MountView;
  readonly place: string;
}

function usersMounts({ volumeMounts }: ContainerView): MountAt[] {
  const users = (volumeMounts ?? []).filter(({ name }) => !name.startsWith('cwii-'));
  return users.map((mount) => ({ mount, place: placeOf(mount.mountPath, false) }));
}
