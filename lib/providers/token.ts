// The projected ServiceAccount token of a cloud: its volume, its mount and its lifetime.

import { type Finding, findingOf, locationOf } from '../annotations/findings.ts';
import type { Explicit } from '../annotations/resolve.ts';
import { LONGEST_EXPIRATION, SHORTEST_EXPIRATION } from '../settings/formats.ts';
import type { Volume, VolumeMount } from './plan.ts';

/** Mode of the token's files: the API server's default, 0644 (420 in the API's decimal notation). */
export const DEFAULT_FILE_MODE = 0o644;

/** A cloud's token and its place in containers. */
export interface ProjectedToken {
  readonly volume: Volume;
  readonly mount: VolumeMount;
  /** The path of the token file in a container. */
  readonly path: string;
}

/** @param mountRoot the absolute path below which each provider has its directory. */
export function projectToken(
  provider: string,
  mountRoot: string,
  windows: boolean,
  { audience, expirationSeconds }: { readonly audience: string; readonly expirationSeconds: number },
): ProjectedToken {
  const name = `cwii-${provider}-token`;
  const mountPath = `${mountRoot}/${provider}`;
  return {
    volume: {
      name,
      projected: { sources: [{ serviceAccountToken: { path: 'token', audience, expirationSeconds } }] },
    },
    mount: { name, mountPath, readOnly: true },
    path: containerPath(`${mountPath}/token`, windows),
  };
}

/**
 * A path as programs in the container need it. On Windows, the kubelet mounts `/var/x` at `C:\var\x` itself.
 */
export function containerPath(path: string, windows: boolean): string {
  return windows ? `C:${path.replaceAll('/', '\\')}` : path;
}

/** The longest lifetime of a token, and whose limit it is. */
export interface LifetimeLimit {
  readonly seconds: number;
  /** For findings, such as `Azure`. */
  readonly who: string;
}

/**
 * The token's lifetime in seconds. An invalid value is corrected with a warning, because the pod can start
 * anyway.
 */
export function readExpiration(
  explicit: Explicit<string> | undefined,
  byDefault: number,
  longest: LifetimeLimit = { seconds: LONGEST_EXPIRATION, who: 'Kubernetes' },
): { readonly seconds: number; readonly findings: readonly Finding[] } {
  const defaultSeconds = Math.min(byDefault, longest.seconds);
  if (!explicit) return { seconds: defaultSeconds, findings: [] };
  const place = locationOf(explicit);
  if (!/^\d+$/.test(explicit.value)) {
    const seconds = defaultSeconds;
    return { seconds, findings: [findingOf('token-expiration-unreadable', place, { seconds })] };
  }
  const seconds = Number(explicit.value);
  if (seconds < SHORTEST_EXPIRATION) {
    const finding = findingOf('token-expiration-raised', place, { seconds: SHORTEST_EXPIRATION });
    return { seconds: SHORTEST_EXPIRATION, findings: [finding] };
  }
  if (seconds > longest.seconds) {
    return { seconds: longest.seconds, findings: [findingOf('token-expiration-lowered', place, longest)] };
  }
  return { seconds, findings: [] };
}
