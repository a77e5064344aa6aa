// The services that pods can request beside the clouds, the bare tokens that annotations name, and the rare
// keys of AWS.

import type { KeyType, ServiceKeys } from '../../annotations/keys.ts';
import { catalogue } from '../../settings/service-catalogue.ts';
import type { ServiceDefinition } from '../../settings/service-definition.ts';
import type { MutateSettings } from '../../settings/webhook-config.ts';
import type { Provider } from '../provider.ts';
import type { Annotated, PodParts, ProviderSet } from '../provider-set.ts';
import type { Toolbox } from '../toolbox.ts';
import { bareToken, tokenOf } from './bare-token.ts';
import { loadCustomServices } from './custom-services.ts';
import { annotationOf } from './prepared-service.ts';
import { withRareKeys } from './rare-aws.ts';
import { serviceProvider } from './service-provider.ts';
import { FILE_SUFFIX } from './token-identity.ts';

export interface Services {
  /** The clouds, and those services and tokens that annotations or volumes of the pod name. */
  readonly select: (scopes: readonly Annotated[], pod: PodParts | undefined) => ProviderSet;
}

/** The tokens of one pod. Each is a volume of the pod and a mount of each container. */
export const MOST_TOKENS = 16;

/** Directories below the mount root, and ends of volume names, that the clouds use. */
export const CLOUD_DIRECTORIES = ['aws-config', 'gcp-creds', 'gcp-config', 'no-api'];

/** @throws {ConfigError} if the settings of services are invalid. */
export async function createServices(
  settings: MutateSettings,
  clouds: readonly Provider[],
  tools: Toolbox,
): Promise<Services> {
  const custom = await loadCustomServices(settings, tools);
  const definitions = [...catalogue, ...custom];
  const isEnabled = ({ name }: ServiceDefinition) => {
    const { enabled } = settings.services;
    return enabled === 'all' || enabled.includes(name) || custom.some((own) => own.name === name);
  };
  const reserved = new Set([
    ...CLOUD_DIRECTORIES,
    ...clouds.map(({ id }) => id),
    ...definitions.flatMap(directoriesOf),
  ]);
  const { types, serviceOf } = keysOf(definitions);
  const typeOf = (key: string) => types.get(key) ?? tokenOf(key)?.type;
  const keys: ServiceKeys = { typeOf, names: [...types.keys()] };
  const services = definitions.map((definition) => serviceProvider(definition, isEnabled(definition), tools));
  const volumes = new Map(definitions.map(({ name }) => [`cwii-${name}-token`, name]));

  return {
    select(scopes, pod) {
      const named = namesIn(scopes, serviceOf);
      for (const { name: volume } of pod?.volumes ?? []) {
        const service = volumes.get(volume);
        const token = TOKEN_VOLUME.exec(volume)?.[1];
        if (service !== undefined) named.services.add(service);
        else if (token !== undefined && !reserved.has(token)) named.tokens.add(token);
      }
      // One more than possible is enough to deny the pod.
      const tokens = [...named.tokens].sort().slice(0, MOST_TOKENS + 1);
      const providers = [
        ...clouds.map((cloud) => (cloud.id === 'aws' ? withRareKeys(cloud, pod, tools) : cloud)),
        ...services.filter(({ id }) => named.services.has(id)),
        ...tokens.map((name, index) => {
          const written = pod ? writtenVariables(name, pod) : [];
          const exceeds = index >= MOST_TOKENS && { exceeds: MOST_TOKENS };
          return bareToken(name, { reserved, written, ...exceeds }, tools);
        }),
      ];
      return { providers, keys };
    },
  };
}

const standardKeys = [
  ['inject', 'boolean'],
  ['audience', 'string'],
  ['token-expiration', 'seconds'],
] as const;

export function directoriesOf({ name }: ServiceDefinition): string[] {
  return [name, `${name}${FILE_SUFFIX}`];
}

/** The keys of all services: their types, and the service of each. */
function keysOf(definitions: readonly ServiceDefinition[]) {
  const types = new Map<string, KeyType | 'output'>();
  const serviceOf = new Map<string, string>();
  for (const definition of definitions) {
    const own = Object.keys(definition.keys).map((key) => [key, 'string'] as const);
    const file = definition.file ? [['file', 'output'] as const] : [];
    for (const [key, type] of [...own, ...standardKeys, ...file]) {
      types.set(annotationOf(definition, key), type);
      if (type !== 'output') serviceOf.set(annotationOf(definition, key), definition.name);
    }
  }
  return { types, serviceOf };
}

const TOKEN_VOLUME = /^cwii-(.+)-token$/;

/** The services and tokens that annotations name. */
function namesIn(scopes: readonly Annotated[], serviceOf: ReadonlyMap<string, string>) {
  const services = new Set<string>();
  const tokens = new Set<string>();
  for (const { annotations } of scopes) {
    for (const key of Object.keys(annotations)) {
      const service = serviceOf.get(key);
      const token = service === undefined ? tokenOf(key)?.name : undefined;
      if (service !== undefined) services.add(service);
      else if (token !== undefined) tokens.add(token);
    }
  }
  return { services, tokens };
}

/** The variables that name the file of a token, in the containers that mount its volume. */
function writtenVariables(name: string, { containers, initContainers }: PodParts): readonly string[] {
  const variables = [...initContainers, ...containers].flatMap(({ env, volumeMounts }) => {
    const mount = volumeMounts?.find((one) => one.name === `cwii-${name}-token`);
    if (!mount) return [];
    const path = plain(`${mount.mountPath}/token`);
    return (env ?? []).flatMap((variable) =>
      variable.name && plain(variable.value ?? '') === path ? variable.name : [],
    );
  });
  return [...new Set(variables)];
}

/** A path without the drive and the separators of Windows. */
function plain(path: string): string {
  return path.replace(/^C:/i, '').replaceAll('\\', '/');
}
