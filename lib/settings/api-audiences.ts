// The audiences of API servers. No cloud may receive a token with one of them.

import { withoutTrailingSlashes } from '../common/trailing-slashes.ts';

/**
 * The audiences (`--api-audiences`) that distributions give their API servers in addition to the
 * cluster-internal URL.
 */
const DISTRIBUTION_AUDIENCES: ReadonlySet<string> = new Set([
  'k3s',
  'rke2',
  // RKE 1
  'unknown',
  // kops
  'kubernetes.svc.default',
  // k0s
  'system:konnectivity-server',
]);

/**
 * Whether the API server would accept a token with this audience. No cloud may receive such a token. Known
 * are the conventional audiences of API servers, the configured ones, and those in the cluster's own tokens.
 *
 * @param known further audiences of the API server; a trailing slash does not count.
 */
export function isApiServerAudience(audience: string, known: readonly string[]): boolean {
  const plain = plainAudience(audience);
  if (/^(https:\/\/)?kubernetes(\.default(\.svc(\.[a-z0-9.-]+)?)?)?$/.test(plain)) return true;
  if (DISTRIBUTION_AUDIENCES.has(plain)) return true;
  return known.some((other) => plainAudience(other) === plain);
}

function plainAudience(audience: string): string {
  return withoutTrailingSlashes(audience.toLowerCase()).replace(/^(https:\/\/[^/]+):443(\/.*)?$/s, '$1$2');
}
