// Recognises what cwii wrote on a pod in an earlier admission.

import { INJECTED, KEPT_VARIABLES } from '../annotations/keys.ts';
import { placeOf } from '../kubernetes/mount-paths.ts';
import type { Pod } from '../kubernetes/pod.ts';
import type { ContainerView, VolumeView } from '../kubernetes/review.ts';
import type { Footprint, ProviderPlan } from '../providers/plan.ts';
import { isWhole, type MountView, type PathOptions } from './compare.ts';
import type { PodContainer } from './containers.ts';
import { keptEntry } from './variables.ts';

/** The pod's own statements about earlier admissions, and its volumes by name. */
export class EarlierWork {
  /** The first volume of a name counts. They are looked up for every container, and there may be as many. */
  readonly volumes: ReadonlyMap<string, VolumeView>;
  readonly windows: boolean;
  /** The entries `container=VARIABLE` of the annotation. */
  readonly kept: ReadonlySet<string>;
  readonly #list: readonly VolumeView[];
  readonly #stated: ReadonlySet<string>;

  constructor({ annotations, volumes, windows }: Pick<Pod, 'annotations' | 'volumes' | 'windows'>) {
    this.volumes = new Map(volumes.toReversed().map((volume) => [volume.name, volume]));
    this.windows = windows;
    this.#list = volumes;
    this.#stated = namesIn(annotations, INJECTED);
    this.kept = namesIn(annotations, KEPT_VARIABLES);
  }

  /**
   * Whether the status annotation names the provider. Then the variables that stand where cwii writes them
   * are cwii's. Without it, a user may have written them for the first admission.
   */
  states(provider: string): boolean {
    return this.#stated.has(provider);
  }

  /** The place of a volume in the list of the pod. */
  indexOf(volume: string): number {
    return this.#list.findIndex(({ name }) => name === volume);
  }

  /** Whether a container of the pod has the identity: it mounts a volume of cwii and names the file in it. */
  holds(containers: readonly PodContainer[], footprint: Footprint): boolean {
    return this.hasVolumes(footprint) && containers.some(({ view }) => readsOurFile(view, footprint, this));
  }

  hasVolumes({ volumes }: Footprint): boolean {
    return volumes.every((name) => kindOf(this.volumes.get(name)) !== undefined);
  }

  /** Whether one of the volumes projects a file from an annotation of the pod. */
  projectsFile(volumes: readonly string[]): boolean {
    return volumes.some((name) => kindOf(this.volumes.get(name)) === 'credentials');
  }

  /** The entries of the annotation that are true: such a container sets such a variable. */
  keptIn(containers: readonly PodContainer[]): readonly string[] {
    if (this.kept.size === 0) return [];
    const entries = containers.flatMap(({ view }) => (view.env ?? []).map(({ name }) => keptEntry(view, name)));
    return entries.filter((entry) => this.kept.has(entry));
  }
}

/** The footprint that a plan leaves on a pod. */
export function footprintOf({ volumes, identity, fileVariable }: ProviderPlan): Footprint {
  const files = fileVariable ? identity.filter(({ value }) => value === fileVariable.value) : [];
  const [first, ...others] = volumes.map(({ name }) => name) as [string, ...string[]];
  return { volumes: [first, ...others], fileVariables: files.map(({ name }) => name) };
}

function namesIn(annotations: Pod['annotations'], key: string): ReadonlySet<string> {
  const text = Object.hasOwn(annotations, key) ? annotations[key] : undefined;
  return new Set(text?.split(',').filter((name) => name !== ''));
}

/** Whether the container mounts a volume of the footprint, and a variable names a file in it, if any does. */
export function readsOurFile(
  { env, volumeMounts }: ContainerView,
  { volumes, fileVariables }: Footprint,
  { windows }: PathOptions,
): boolean {
  const mounts = volumeMounts?.filter((mount) => volumes.includes(mount.name) && isWhole(mount)) ?? [];
  if (mounts.length === 0) return false;
  if (fileVariables.length === 0) return mounts.some((mount) => isAtOurPath(mount, { windows }));
  const file = env?.find(({ name }) => fileVariables.includes(name))?.value;
  const directory = file ? directoryOf(placeOf(file, windows)) : undefined;
  return mounts.some(({ mountPath }) => placeOf(mountPath, windows) === directory);
}

/** Whether `value` names the plan's file below another mount root, where the container mounts its volume. */
export function namesFileOfOtherRoot(
  value: string,
  { volumeMounts }: ContainerView,
  plan: ProviderPlan,
  { windows }: PathOptions,
): boolean {
  const [planned, present] = [plan.fileVariable?.value ?? '', value].map((file) => placeOf(file, windows));
  if (planned === undefined || present === undefined) return false;
  const ours = plan.mounts.find(({ mountPath }) => placeOf(mountPath, windows) === directoryOf(planned));
  const isThere = volumeMounts?.some(
    (mount) =>
      mount.name === ours?.name && isWhole(mount) && placeOf(mount.mountPath, windows) === directoryOf(present),
  );
  return isThere === true && present.endsWith(planned.slice(planned.lastIndexOf('/')));
}

function directoryOf(place: string): string {
  return place.slice(0, Math.max(place.lastIndexOf('/'), 0));
}

/**
 * Whether the mount is in the directory that cwii names after the volume, below any mount root. A mount of
 * the volume elsewhere is the user's.
 */
export function isAtOurPath({ name, mountPath }: MountView, { windows }: PathOptions): boolean {
  const place = placeOf(mountPath, windows);
  const volume = `cwii-${place.slice(place.lastIndexOf('/') + 1)}`;
  return name === volume || name === `${volume}-token`;
}

/** The kinds of volume sources that cwii makes. */
export type SourceKind = 'token' | 'credentials' | 'empty';

/** The kind of a volume's source; undefined if cwii makes no such volume. */
export function kindOf(volume: VolumeView | undefined): SourceKind | undefined {
  if (!volume) return undefined;
  const [source, ...others] = Object.keys(volume).filter((key) => key !== 'name' && volume[key] != null);
  if (others.length > 0) return undefined;
  if (source === 'emptyDir') return 'empty';
  if (source === 'projected') return isOnly(volume[source], 'sources', 'serviceAccountToken') ? 'token' : undefined;
  if (source === 'downwardAPI') return isOnly(volume[source], 'items', 'fieldRef') ? 'credentials' : undefined;
  return undefined;
}

/** Whether the list has one item, and that item has the field. */
function isOnly(source: unknown, list: string, field: string): boolean {
  const items = (source as Readonly<Record<string, unknown>>)[list];
  if (!Array.isArray(items) || items.length !== 1) return false;
  const [item] = items as readonly (Readonly<Record<string, unknown>> | null)[];
  return item?.[field] != null;
}
