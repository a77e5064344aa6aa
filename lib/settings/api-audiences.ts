// The audiences of API servers. No cloud may receive a token with one of them.

import { withoutTrailingSlashes } from '../common/trailing-slashes.ts';

/**
 * The audiences (`--api-audiences`) that distributions give their API servers in addition to the
 * cluster-internal URL.
 */
export const DISTRIBUTION_AUDIENCES: ReadonlySet<string> = new Set([
  'k3s',
  'rke2',
  // RKE 1
  'unknown',
  // kops
  'kubernetes.svc.default',
  // k0s
  'system:konnectivity-server',
]);

/** The names of the Service of the API server. */
export const CONVENTIONAL_AUDIENCE = /^(https:\/\/)?kubernetes(\.default(\.svc(\.[a-z0-9.-]+)?)?)?$/;

/**
 * Whether the API server would accept a token with this audience. No cloud may receive such a token. Known
 * are the conventional audiences of API servers, the configured ones, and those in the cluster's own tokens.
 *
 * @param known further audiences of the API server; a trailing slash does not count.
 */
export function isApiServerAudience(audience: string, known: readonly string[]): boolean {
  const plain = plainAudience(audience);
  if (CONVENTIONAL_AUDIENCE.test(plain)) return true;
  if (DISTRIBUTION_AUDIENCES.has(plain)) return true;
  return known.some((other) => plainAudience(other) === plain);
}

/** The audience without what the comparison ignores. */
export function plainAudience(audience: string): string {
  return withoutTrailingSlashes(audience.toLowerCase()).replace(/^(https:\/\/[^/]+):443(\/.*)?$/s, '$1$2');
}
