// Gives a verify container the proxy, endpoint, region and CA of the containers that have the identity.
//
// A variable is copied if no two containers set it differently. A container that does not set it does not
// count: a sidecar that does not use the cloud often lacks the proxy of the application.

import { type Finding, findingOf } from '../annotations/findings.ts';
import { isDeepStrictEqual } from '../common/node-builtins.ts';
import { isWithin, placeOf } from '../kubernetes/mount-paths.ts';
import type { ContainerView, VariableView, VolumeView } from '../kubernetes/review.ts';
import {
  type EnvVar,
  hasEnvFrom,
  type IdentityHolder,
  type InheritedSettings,
  type OwnContainerPlan,
  type VolumeMount,
} from '../providers/plan.ts';

/** A container that has the identity. */
export type SettingsSource = Pick<IdentityHolder, 'view' | 'variables'>;

/** The variables to copy, in their order, and the mount that the last one needs. */
interface Setting {
  readonly env: readonly EnvVar[];
  readonly mount?: VolumeMount;
}

type Volumes = ReadonlyMap<string, VolumeView>;

export function inheritSettings(
  own: OwnContainerPlan,
  sources: readonly SettingsSource[],
  volumes: Volumes,
): { readonly own: OwnContainerPlan; readonly findings: readonly Finding[] } {
  const { inherits, container } = own;
  if (!inherits) return { own, findings: [] };
  const { variables, caVariables, enforcedAt } = inherits;
  const env = new Map(container.env.map((variable) => [variable.name, variable]));
  const volumeMounts = [...container.volumeMounts];

  const add = ({ env: copied, mount }: Setting): boolean => {
    const overrides = copied.filter((one) => !isDeepStrictEqual(env.get(one.name), one));
    if (overrides.some(({ name }) => env.has(name) && !variables.includes(name))) return false;
    const isMounted = volumeMounts.some((present) => isDeepStrictEqual(present, mount));
    if (mount && !isMounted) {
      if (!fits(mount, volumeMounts)) return false;
      volumeMounts.push(mount);
    }
    for (const one of overrides) {
      // A variable comes after those that it refers to.
      env.delete(one.name);
      env.set(one.name, one);
    }
    return true;
  };
  const left = [...variables, ...caVariables].filter((name) => {
    const setting = agreed(name, { sources, volumes, isFile: caVariables.includes(name) });
    if (setting) return !add(setting);
    // No container has it: they set a variable with the same meaning in its place.
    if (setting === undefined) env.delete(name);
    return setting !== undefined;
  });
  if (!deriveVariables(env, inherits) && inherits.derived) left.push(inherits.derived.from);

  const location = left.length > 0 ? enforcedAt : undefined;
  return {
    own: { ...own, container: { ...container, env: [...env.values()], volumeMounts } },
    findings: location ? [findingOf('verify-settings-not-copied', location, { names: listOf(left) })] : [],
  };
}

function listOf(names: readonly string[]): string {
  // A warning has room for three names.
  return names.length > 3 ? `${names.slice(0, 3).join(', ')}, …` : names.join(', ');
}

/** Sets the variables of the tool that follow from others. Returns false if one of them does not follow. */
function deriveVariables(env: Map<string, EnvVar>, { caVariables, derived }: InheritedSettings): boolean {
  const [caVariable] = caVariables;
  const ca = caVariables.map((name) => env.get(name)).find((variable) => variable !== undefined);
  if (ca) env.set(caVariable, { ...ca, name: caVariable });
  const base = derived && env.get(derived.from);
  if (!base) return true;
  const value = derived.values[(base.value ?? '').replace(/\/?$/, '/')];
  if (value !== undefined) env.set(derived.name, { name: derived.name, value });
  return value !== undefined;
}

interface Search {
  readonly sources: readonly SettingsSource[];
  readonly volumes: Volumes;
  /** The variable contains the path of a file. */
  readonly isFile: boolean;
}

/**
 * The setting that the containers agree on; undefined if none has it, null if it differs or cannot be copied.
 */
function agreed(name: string, { sources, volumes, isFile }: Search): Setting | undefined | null {
  const settings = sources.flatMap((source) => {
    const variable = source.variables.get(name);
    // For all of these variables, an empty value is as good as none.
    if (!variable?.value && !variable?.valueFrom) return [];
    return [isFile ? fileSetting(variable, source.view, volumes) : settingOf(variable, source)];
  });
  const [first] = settings;
  return settings.every((one) => one !== null && isDeepStrictEqual(one, first)) ? first : null;
}

/** Sources that give every container of the pod the same value. */
const SHARED_SOURCES = ['fieldRef', 'configMapKeyRef', 'secretKeyRef'];

/**
 * The variable after the variables that its value refers to; null if the verify container cannot have them.
 */
function settingOf(variable: VariableView | EnvVar, { view, variables }: SettingsSource): Setting | null {
  const env: EnvVar[] = [];
  for (const name of new Set(referencesIn(variable))) {
    const referenced = variables.get(name);
    // Variables of Services are in every container, those of ConfigMaps and Secrets (envFrom) are not.
    if (!referenced && hasEnvFrom(view)) return null;
    if (!referenced) continue;
    if (referencesIn(referenced).length > 0) return null;
    env.push(copyOf(referenced));
  }
  env.push(copyOf(variable));
  const sources = env.flatMap(({ valueFrom }) => Object.keys(valueFrom ?? {}));
  return sources.every((source) => SHARED_SOURCES.includes(source)) ? { env } : null;
}

/** The names in `$(NAME)`. `$$(NAME)` is text (Kubernetes, `expansion.Expand`). */
function referencesIn({ value }: VariableView | EnvVar): string[] {
  return [...(value ?? '').matchAll(/\$(?:\$|\(([^()$]*)\))/g)].flatMap(([, name]) => name ?? []);
}

function copyOf({ name, value, valueFrom }: VariableView | EnvVar): EnvVar {
  return valueFrom ? { name, valueFrom } : { name, value: value ?? '' };
}

/**
 * Volumes that are empty when the verify container starts, because it runs before the pod's init containers.
 */
const EMPTY_SOURCES = ['emptyDir', 'ephemeral'];

/** A variable with a path, and the mount that contains the file; null if the file is not in a mount. */
function fileSetting(
  variable: VariableView | EnvVar,
  { volumeMounts }: ContainerView,
  volumes: Volumes,
): Setting | null {
  const { name } = variable;
  const value = variable.value ?? '';
  if (!value.startsWith('/') || value.includes('$')) return null;
  const file = placeOf(value, false);
  const mounts = (volumeMounts ?? []).map((mount) => ({ mount, place: placeOf(mount.mountPath, false) }));
  const holding = mounts.filter(({ place }) => isWithin(file, place));
  const { mount } = holding.toSorted((one, other) => one.place.length - other.place.length).at(-1) ?? {};
  const volume = mount && volumes.get(mount.name);
  if (!volume || mount.subPathExpr || EMPTY_SOURCES.some((source) => source in volume)) return null;
  const { name: volumeName, mountPath, subPath } = mount;
  return {
    env: [{ name, value }],
    mount: { name: volumeName, mountPath, readOnly: true, ...(subPath && { subPath }) },
  };
}

/** Directories in the image of a cloud's tool that the tool needs. */
const TOOL_PATHS = ['/bin', '/etc', '/lib', '/lib64', '/opt', '/usr/bin', '/usr/lib', '/usr/local'];

/** Whether a mount hides nothing that the container needs, and its mount point can be created. */
function fits(mount: VolumeMount, present: readonly VolumeMount[]): boolean {
  const place = placeOf(mount.mountPath, false);
  const places = present.map(({ mountPath, readOnly }) => ({ other: placeOf(mountPath, false), readOnly }));
  return (
    !TOOL_PATHS.some((path) => isWithin(path, place)) &&
    !places.some(({ other, readOnly }) => isWithin(other, place) || (readOnly && isWithin(place, other)))
  );
}
