// What a JWT says of itself. It is read, never verified: the API server does that.

import * as z from 'zod/mini';

const view = z.object({
  iss: z.optional(z.string()),
  aud: z.optional(z.union([z.string(), z.array(z.unknown())])),
  sub: z.optional(z.string()),
  /** RFC 7519: seconds since the epoch. */
  iat: z.optional(z.number()),
  exp: z.optional(z.number()),
});

export type TokenClaims = z.infer<typeof view>;

/** RFC 6750, section 2.1; anything else cannot stand in a header. */
export const BEARER_TOKEN = /^[\w.~+/-]+=*$/;

/** The claims of a token; undefined where it is no JWT. */
export function claimsOf(token: string): TokenClaims | undefined {
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined || !BEARER_TOKEN.test(token)) return undefined;
  try {
    return view.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
  } catch {
    // An opaque token, such as one of a static token file, has no claims; it authenticates all the same.
    return undefined;
  }
}

/**
 * The issuer and the audiences of a token. An API server accepts tokens for its `--api-audiences`, which are its issuer
 * unless set, and issues tokens for them unless asked for others. A token that is no JWT says nothing.
 */
export function audiencesOf(token: string): string[] {
  const { iss, aud } = claimsOf(token) ?? {};
  return [iss, aud].flat().filter((name): name is string => typeof name === 'string' && name !== '');
}
