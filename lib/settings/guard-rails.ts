// Guard rails: the patterns of values that the cluster owner allows pods to request.
//
// The security boundary of an identity is the cloud's trust policy, not a guard rail.

/** One pattern, as configured. */
export interface Pattern {
  readonly text: string;
  readonly matches: (value: string, namespace: string) => boolean;
}

/** The settings with patterns, by what they restrict. */
export const guardRailSettings = {
  awsRoleArn: 'CWII_ALLOWED_ROLE_ARNS',
  gcpServiceAccount: 'CWII_ALLOWED_GCP_SERVICE_ACCOUNTS',
  azClientId: 'CWII_ALLOWED_AZ_CLIENT_IDS',
  azAuthorityHost: 'CWII_ALLOWED_AZ_AUTHORITY_HOSTS',
  audience: 'CWII_ALLOWED_AUDIENCES',
  verifyImage: 'CWII_ALLOWED_VERIFY_IMAGES',
} as const;

export type GuardRail = keyof typeof guardRailSettings;

/** The patterns of each guard rail; undefined allows every value. */
export type GuardRails = { readonly [Rail in GuardRail]?: readonly Pattern[] | undefined };

const NAMESPACE = '${namespace}';

/**
 * An anchored glob: `*` matches any characters, `${namespace}` the pod's namespace, everything else itself.
 */
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

/** Whether the guard rail is not configured, or one of its patterns matches. */
export function allows(patterns: readonly Pattern[] | undefined, value: string, namespace: string): boolean {
  return patterns?.some(({ matches }) => matches(value, namespace)) ?? true;
}

/** Matches without a regular expression, because backtracking can be slow for a long value. */
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
