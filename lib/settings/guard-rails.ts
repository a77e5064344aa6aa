// What the cluster's owner allows pods to ask for, as patterns. The boundary of an identity is its trust policy, not this.

import { withoutTrailingSlashes } from '../common/trailing-slashes.ts';

/** One pattern, as configured. */
export interface Pattern {
  readonly text: string;
  readonly matches: (value: string, namespace: string) => boolean;
}

/** Unset: everything is allowed. */
export interface GuardRails {
  readonly CWII_ALLOWED_ROLE_ARNS?: readonly Pattern[] | undefined;
  readonly CWII_ALLOWED_GCP_SERVICE_ACCOUNTS?: readonly Pattern[] | undefined;
  readonly CWII_ALLOWED_AZ_CLIENT_IDS?: readonly Pattern[] | undefined;
  readonly CWII_ALLOWED_AZ_AUTHORITY_HOSTS?: readonly Pattern[] | undefined;
  readonly CWII_ALLOWED_AUDIENCES?: readonly Pattern[] | undefined;
  readonly CWII_ALLOWED_VERIFY_IMAGES?: readonly Pattern[] | undefined;
}

export type GuardRail = keyof GuardRails;

const NAMESPACE = '${namespace}';

/** An anchored glob: `*` stands for any characters, `${namespace}` for the pod's namespace, all else for itself. */
export function parsePattern(text: string): Pattern {
  const parts = text.split('*');
  return {
    text,
    matches: (value, namespace) =>
      matchesParts(
        parts.map((part) => part.replaceAll(NAMESPACE, namespace)),
        value,
      ),
  };
}

/** Whether nothing is configured for the rail, or one of its patterns matches. */
export function allows(patterns: readonly Pattern[] | undefined, value: string, namespace: string): boolean {
  return patterns?.some(({ matches }) => matches(value, namespace)) ?? true;
}

/** Without a regular expression, whose backtracking a long value could make expensive. */
function matchesParts(parts: readonly string[], value: string): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return value === first;
  if (!value.startsWith(first) || !value.endsWith(last) || value.length < first.length + last.length) return false;
  const end = value.length - last.length;
  let from = first.length;
  for (const part of rest) {
    const found = value.indexOf(part, from);
    if (found === -1 || found + part.length > end) return false;
    from = found + part.length;
  }
  return true;
}

/** What distributions give their API servers (`--api-audiences`) besides or in place of the address within the cluster. */
const DISTRIBUTIONS_OWN: ReadonlySet<string> = new Set([
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
 * Whether a token for this audience would be a key to the cluster, which no cloud may be sent: the conventional
 * audiences of API servers, those that are configured, and those that the cluster's own tokens show.
 *
 * @param known further audiences of the API server, exact but for a trailing slash.
 */
export function isApiServerAudience(audience: string, known: readonly string[]): boolean {
  const plain = plainAudience(audience);
  if (/^(https:\/\/)?kubernetes(\.default(\.svc(\.[a-z0-9.-]+)?)?)?$/.test(plain)) return true;
  if (DISTRIBUTIONS_OWN.has(plain)) return true;
  return known.some((other) => plainAudience(other) === plain);
}

function plainAudience(audience: string): string {
  return withoutTrailingSlashes(audience.toLowerCase()).replace(/^(https:\/\/[^/]+):443(\/.*)?$/s, '$1$2');
}
