// The projected ServiceAccount token of a cloud: its volume, its mount and its lifetime.

import { annotationFinding, type Finding } from '../annotations/findings.ts';
import type { Explicit } from '../annotations/resolve.ts';
import type { Volume, VolumeMount } from '../injection/plan.ts';
import type { PlanInput, ProviderId } from './provider.ts';

/** The shortest and the longest lifetime that the API server accepts (validateProjectionSources), in seconds. */
export const SHORTEST_EXPIRATION = 600;
export const LONGEST_EXPIRATION = 2 ** 32;

/** Mode of the token's files, in the API's decimal notation: its own default, 0644. */
export const DEFAULT_FILE_MODE = 0o644;

/** One cloud's token and where containers find it. */
export interface ProjectedToken {
  readonly volume: Volume;
  readonly mount: VolumeMount;
  /** The token file's path inside a container. */
  readonly path: string;
}

export function projectToken(
  provider: ProviderId,
  { mountRoot, pod }: Pick<PlanInput, 'mountRoot' | 'pod'>,
  token: { readonly audience: string; readonly expirationSeconds: number },
): ProjectedToken {
  const name = `cwii-${provider}-token`;
  const mountPath = `${mountRoot}/${provider}`;
  const { audience, expirationSeconds } = token;
  return {
    volume: {
      name,
      projected: { sources: [{ serviceAccountToken: { path: 'token', audience, expirationSeconds } }] },
    },
    mount: { name, mountPath, readOnly: true },
    path: containerPath(`${mountPath}/token`, pod.windows),
  };
}

/** A path as programs in the container need it. The kubelet mounts `/var/x` at `C:\var\x` on Windows by itself. */
export function containerPath(path: string, windows: boolean): string {
  return windows ? `C:${path.replaceAll('/', '\\')}` : path;
}

/** How long a token may live at most, and who says so. */
export interface LifetimeLimit {
  readonly seconds: number;
  /** For findings, such as `Azure`. */
  readonly who: string;
}

/** The token's lifetime in seconds: what cannot be used is mended and said, because the pod starts either way. */
export function readExpiration(
  explicit: Explicit<string> | undefined,
  byDefault: number,
  longest: LifetimeLimit = { seconds: LONGEST_EXPIRATION, who: 'Kubernetes' },
): { readonly seconds: number; readonly findings: readonly Finding[] } {
  const defaultSeconds = Math.min(byDefault, longest.seconds);
  if (!explicit) return { seconds: defaultSeconds, findings: [] };
  const mended = (code: Finding['code'], seconds: number, message: string) => ({
    seconds,
    findings: [annotationFinding(code, explicit, message)],
  });
  if (!/^\d+$/.test(explicit.value)) {
    const message = `not a whole number of seconds, so the default of ${defaultSeconds} is used; write seconds, such as "3600"`;
    return mended('token-expiration-unreadable', defaultSeconds, message);
  }
  const seconds = Number(explicit.value);
  if (seconds < SHORTEST_EXPIRATION) {
    const message = `Kubernetes allows no less than ${SHORTEST_EXPIRATION} seconds, so it is raised to that; write "${SHORTEST_EXPIRATION}" or more`;
    return mended('token-expiration-raised', SHORTEST_EXPIRATION, message);
  }
  if (seconds > longest.seconds) {
    const message = `${longest.who} allows no more than ${longest.seconds} seconds, so it is lowered to that; write less`;
    return mended('token-expiration-lowered', longest.seconds, message);
  }
  return { seconds, findings: [] };
}
