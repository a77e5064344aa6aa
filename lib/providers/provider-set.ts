// The providers of one admission: the clouds, and the services that annotations or volumes name.
//
// Services and the rare keys of AWS are in a part of the bundle that only such an admission loads.

import {
  annotationKeys,
  CONTAINER_ROLE,
  INJECT_KEY,
  isKeyName,
  isOutputKey,
  KEY_PREFIX,
  KIAM_ROLE,
  type ServiceKeys,
} from '../annotations/keys.ts';
import type { Pod } from '../kubernetes/pod.ts';
import type { MutateSettings } from '../settings/webhook-config.ts';
import { OWN_CONTAINER_MOUNT } from './plan.ts';
import type { Provider } from './provider.ts';
import { providers } from './registry.ts';
import type { Services } from './services/services.ts';
import { toolbox } from './toolbox.ts';

export interface ProviderSet {
  /** In the order of evaluation. */
  readonly providers: readonly Provider[];
  readonly keys?: ServiceKeys;
}

/** The providers of an admission in which no annotation and no volume needs the part. */
export const onlyClouds: ProviderSet = { providers };

/** An object whose annotations may name services. */
export interface Annotated {
  readonly annotations: Readonly<Record<string, string>>;
}

export type PodParts = Pick<Pod, 'annotations' | 'containers' | 'initContainers' | 'volumes' | 'windows'>;

/** @param pod undefined if a ServiceAccount or namespace is evaluated for all pods to come. */
export function selectProviders(
  scopes: readonly Annotated[],
  pod: PodParts | undefined,
  settings: MutateSettings,
): ProviderSet | Promise<ProviderSet> {
  const isNamed =
    scopes.some(({ annotations }) => needsPart(annotations)) || pod?.volumes.some(({ name }) => isOfPart(name));
  return isNamed ? loadServices(settings).then((services) => services.select(scopes, pod)) : onlyClouds;
}

const loaded = new WeakMap<MutateSettings, Promise<Services>>();

/** @throws {ConfigError} if the settings of services are invalid. */
export function loadServices(settings: MutateSettings): Promise<Services> {
  const services = loaded.get(settings) ?? load(settings);
  loaded.set(settings, services);
  return services;
}

async function load(settings: MutateSettings): Promise<Services> {
  const { createServices } = await import('./services/services.ts');
  return createServices(settings, providers, toolbox);
}

/** Whether annotations may have keys of services: keys of cwii that are not in keys.ts. */
export function namesService(annotations: Annotated['annotations']): boolean {
  for (const key in annotations) if (isOfService(key)) return true;
  return false;
}

function isOfService(key: string): boolean {
  if (!key.startsWith(KEY_PREFIX) || isKeyName(key)) return false;
  return !isOutputKey(key) && !key.startsWith(CONTAINER_ROLE) && key !== INJECT_KEY;
}

/** The session names that aws.ts reads itself: one field of the pod, or no reference. */
const SIMPLE_NAME = /^(\$\(pod\.(name|uid)\)|[^$]*)$/;

function needsPart(annotations: Annotated['annotations']): boolean {
  for (const key in annotations) {
    const type = isKeyName(key) && annotationKeys[key];
    const isRare = type === 'rare' || (type === 'template' && !SIMPLE_NAME.test(annotations[key] ?? ''));
    if (isRare || key === KIAM_ROLE || isOfService(key)) return true;
  }
  return false;
}

const cloudVolumes = new Set([OWN_CONTAINER_MOUNT.name, ...providers.flatMap(({ footprint }) => footprint.volumes)]);

/** Whether a volume has the name of a service's token, or of the AWS config file. */
function isOfPart(volume: string): boolean {
  return /^cwii-(.*-token|aws-config)$/s.test(volume) && !cloudVolumes.has(volume);
}
