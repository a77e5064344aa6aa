// Reads the claims of a JWT without verifying them, which is the API server's task.

import { isObject, isString } from '../../common/json.ts';

/** The registered claims (RFC 7519, section 4.1) that cwii reads. */
export interface TokenClaims {
  readonly iss?: string | undefined;
  readonly aud?: string | readonly unknown[] | undefined;
  readonly sub?: string | undefined;
  /** Seconds since the epoch. */
  readonly iat?: number | undefined;
  readonly exp?: number | undefined;
}

function areClaims(value: unknown): value is TokenClaims {
  if (!isObject(value)) return false;
  const { iss, aud, sub, iat, exp } = value;
  return (
    [iss, sub].every((text) => text === undefined || isString(text)) &&
    [iat, exp].every((time) => time === undefined || Number.isFinite(time)) &&
    (aud === undefined || isString(aud) || Array.isArray(aud))
  );
}

/** RFC 6750, section 2.1; anything else is invalid in a header. */
export const BEARER_TOKEN = /^[\w.~+/-]+=*$/;

/** The claims of a token; undefined if it is not a JWT. */
export function claimsOf(token: string): TokenClaims | undefined {
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined || !BEARER_TOKEN.test(token)) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return areClaims(claims) ? claims : undefined;
  } catch {
    // An opaque token, such as one of a static token file, has no claims, but authenticates as well.
    return undefined;
  }
}

/**
 * The issuer and the audiences of a token; none if it is not a JWT. An API server accepts tokens for its
 * `--api-audiences` (by default its issuer), and issues tokens for them unless a request names others.
 */
export function audiencesOf(token: string): string[] {
  const { iss, aud } = claimsOf(token) ?? {};
  return [iss, aud].flat().filter((name): name is string => typeof name === 'string' && name !== '');
}
