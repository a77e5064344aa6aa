// Guard rails: the patterns of values that the cluster owner allows pods to request.
//
// The security boundary of an identity is the cloud's trust policy, not a guard rail.

import { parseImage, splitPattern } from './image-reference.ts';

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
  azTenantId: 'CWII_ALLOWED_AZ_TENANT_IDS',
  gcpProject: 'CWII_ALLOWED_GCP_PROJECTS',
  awsRegion: 'CWII_ALLOWED_AWS_REGIONS',
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

/**
 * A pattern for images. It is matched part by part: otherwise `aws-cli:*` would allow `aws-cli:443/image`, an
 * image of the host `aws-cli`. A part that the pattern does not have must be missing in the image too, unless
 * the part before it ends with a star.
 */
export function parseImagePattern(text: string): Pattern {
  const { repository, tag, digest } = splitPattern(text);
  const isOpen = (part: string) => part.endsWith('*');
  return {
    text,
    matches(value, namespace) {
      const image = parseImage(value);
      if (!image) return false;
      if (tag === undefined && digest === undefined) return parsePattern(text).matches(value, namespace);
      const fits = (pattern: string | undefined, part: string | undefined, before: string) =>
        pattern === undefined || part === undefined
          ? part === pattern || (pattern === undefined && isOpen(before))
          : parsePattern(pattern).matches(part, namespace);
      return (
        fits(repository, image.repository, '') &&
        fits(tag, image.tag, repository) &&
        fits(digest, image.digest, tag ?? repository)
      );
    },
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
