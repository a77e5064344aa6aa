// Reads a token as a cloud does: its issuer, subject, audiences, validity and signature.

import { createPublicKey, verify } from 'node:crypto';
import type { Jwks } from './token-issuer.ts';

export interface PresentedToken {
  readonly issuer: string;
  readonly subject: string;
  readonly audiences: readonly string[];
  /** In seconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly expired: boolean;
  /** Whether it is valid only later, by more than the minute that clouds accept. */
  readonly early: boolean;
  /** Whether the set has a key with the ID that the token names. */
  hasKeyIn(jwks: Jwks): boolean;
  isSignedBy(jwks: Jwks): boolean;
}

/**
 * @param now the clock of the cloud, in milliseconds.
 * @returns undefined if it is not a JWT with the claims that every cloud requires.
 */
export function readToken(token: string | undefined, now = Date.now()): PresentedToken | undefined {
  const [header, payload, signature, ...more] = (token ?? '').split('.');
  if (!header || !payload || !signature || more.length > 0) return undefined;
  const { kid, alg } = decode(header);
  const { iss, sub, aud, iat, exp } = decode(payload);
  if (typeof iss !== 'string' || typeof sub !== 'string' || typeof iat !== 'number' || typeof exp !== 'number')
    return undefined;
  return {
    issuer: iss,
    subject: sub,
    audiences: [aud].flat().map(String),
    issuedAt: iat,
    expiresAt: exp,
    expired: exp * 1000 <= now,
    early: iat * 1000 > now + 60_000,
    hasKeyIn: ({ keys }) => keys.some((candidate) => candidate['kid'] === kid),
    isSignedBy: ({ keys }) => {
      const key = keys.find((candidate) => candidate['kid'] === kid);
      if (!key || alg !== 'RS256') return false;
      const publicKey = createPublicKey({ key, format: 'jwk' });
      return verify('sha256', Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, 'base64url'));
    },
  };
}

function decode(part: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
