// The services that pods can request beside the clouds, and the bare tokens that annotations name.

import type { KeyType, ServiceKeys } from '../../annotations/keys.ts';
import type { MutateSettings } from '../../settings/webhook-config.ts';
import type { Provider } from '../provider.ts';
import type { Annotated, PodParts, ProviderSet } from '../provider-set.ts';
import type { Toolbox } from '../toolbox.ts';
import { bareToken, tokenOf } from './bare-token.ts';

export interface Services {
  /** The clouds, and those services and tokens that annotations or volumes of the pod name. */
  readonly select: (scopes: readonly Annotated[], pod: PodParts | undefined) => ProviderSet;
}

/** The tokens of one pod. Each is a volume of the pod and a mount of each container. */
const MOST_TOKENS = 16;

/** Directories below the mount root, and ends of volume names, that the clouds use. */
const CLOUD_DIRECTORIES = ['gcp-creds', 'gcp-config', 'no-api'];

export function createServices(_settings: MutateSettings, clouds: readonly Provider[], tools: Toolbox): Services {
  const reserved = new Set([...CLOUD_DIRECTORIES, ...clouds.map(({ id }) => id)]);
  const typeOf = (key: string): KeyType | undefined => tokenOf(key)?.type;
  const keys: ServiceKeys = { typeOf, names: [] };

  return {
    select(scopes, pod) {
      const tokens = tokenNames(scopes, pod, reserved);
      const providers: readonly Provider[] = [
        ...clouds,
        ...tokens.map((name, index) =>
          bareToken(
            name,
            {
              reserved,
              written: pod ? writtenVariables(name, pod) : [],
              ...(index >= MOST_TOKENS && { exceeds: MOST_TOKENS }),
              all: () => providers,
            },
            tools,
          ),
        ),
      ];
      return { providers, keys };
    },
  };
}

const TOKEN_VOLUME = /^cwii-(.+)-token$/;

/** The tokens that annotations or volumes name, sorted. One more than possible is enough to deny the pod. */
function tokenNames(
  scopes: readonly Annotated[],
  pod: PodParts | undefined,
  reserved: ReadonlySet<string>,
): readonly string[] {
  const named = scopes.flatMap(({ annotations }) =>
    Object.keys(annotations).flatMap((key) => tokenOf(key)?.name ?? []),
  );
  const ofVolumes = (pod?.volumes ?? []).flatMap(({ name }) => TOKEN_VOLUME.exec(name)?.[1] ?? []);
  const names = new Set([...named, ...ofVolumes.filter((name) => !reserved.has(name))]);
  return [...names].sort().slice(0, MOST_TOKENS + 1);
}

/** The variables that name the file of a token, in the containers that mount its volume. */
function writtenVariables(name: string, { containers, initContainers }: PodParts): readonly string[] {
  const variables = [...initContainers, ...containers].flatMap(({ env, volumeMounts }) => {
    const mount = volumeMounts?.find((one) => one.name === `cwii-${name}-token`);
    if (!mount) return [];
    const path = plain(`${mount.mountPath}/token`);
    return (env ?? []).flatMap((variable) => (plain(variable.value ?? '') === path ? variable.name : []));
  });
  return [...new Set(variables)];
}

/** A path without the drive and the separators of Windows. */
function plain(path: string): string {
  return path.replace(/^C:/i, '').replaceAll('\\', '/');
}
