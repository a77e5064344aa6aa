// One rotation: request a successor with the stored token, test it, and only then replace the token.

import { claimsOf, type TokenClaims } from '../cluster/credentials/token-claims.ts';
import { CwiiError } from '../common/errors.ts';
import type { ServiceAccountName } from './rotation-config.ts';

/** The port for the place of the token. */
export interface TokenStore {
  /** The instruction for putting a token there by hand. */
  readonly remedy: string;
  /** @throws {CwiiError} if it cannot be read. */
  read(): Promise<string>;
  /** @throws {CwiiError} if it cannot be written; the old token is then still there. */
  write(token: string): Promise<void>;
}

/** The port for the cluster's token API. */
export interface TokenApi {
  /** @throws {CwiiError} saying why the cluster issues no token. */
  request(token: string, serviceAccount: ServiceAccountName, expirationSeconds: number): Promise<string>;
  /** The user that the API server authenticates the token as. @throws {CwiiError} if it rejects the token. */
  userOf(token: string): Promise<string>;
}

export interface Rotation {
  readonly store: TokenStore;
  readonly api: TokenApi;
  readonly serviceAccount: ServiceAccountName;
  readonly expirationSeconds: number;
  /** Called with the claims of the token in the store after it was read, and again after it was replaced. */
  readonly onToken: (claims: TokenClaims) => void;
}

/** The secret has no token that can request its successor. */
export class TokenLostError extends CwiiError {
  override name = 'TokenLostError';
}

/**
 * Replaces the token in the store with a new one that the API server has already accepted.
 *
 * @throws {CwiiError} with the remedy; the store then still has the old token.
 */
export async function rotate(rotation: Rotation): Promise<TokenClaims> {
  const { store, api, serviceAccount, expirationSeconds, onToken } = rotation;
  const user = `system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}`;

  const current = (await store.read()).trim();
  onToken(checkCurrent(current, user, store.remedy));

  const next = await api.request(current, serviceAccount, expirationSeconds);
  const claims = claimsOf(next);
  if (claims?.sub !== user) {
    throw new CwiiError(
      'token-unusable',
      `the API server answered TokenRequest with a token that is not for ${user}; the secret keeps the old token. Check the issuers and signing keys of the API servers`,
    );
  }
  // A token that the API server rejects must never replace one that works.
  const seen = await api.userOf(next);
  if (seen !== user) {
    throw new CwiiError(
      'token-unusable',
      `the API server authenticates the new token as ${seen}, not as ${user}; the secret keeps the old token. Check the issuers and signing keys of the API servers`,
    );
  }

  await store.write(next);
  onToken(claims);
  return claims;
}

/**
 * @throws {TokenLostError} if the token cannot request its successor, so that an administrator must put a new
 * one.
 */
function checkCurrent(token: string, user: string, remedy: string): TokenClaims {
  const claims = claimsOf(token);
  if (!claims) throw new TokenLostError('token-missing', `the secret has no ServiceAccount token yet; ${remedy}`);
  if (claims.sub !== user) {
    throw new TokenLostError(
      'token-of-another',
      `the token in the secret belongs to ${claims.sub ?? 'no user'}, but CWII_TOKEN_SERVICE_ACCOUNT is ${user}; ${remedy}`,
    );
  }
  const expiredAt = claims.exp === undefined ? undefined : claims.exp * 1000;
  if (expiredAt !== undefined && expiredAt <= Date.now()) {
    throw new TokenLostError(
      'token-expired',
      `the token in the secret expired at ${new Date(expiredAt).toISOString()}, so it cannot request its successor; ${remedy}`,
    );
  }
  return claims;
}

/**
 * The part of the requested lifetime that is over, from 0 to 1; 0 for a token that never expires. If the API
 * server issues a shorter lifetime, even a new token is old, because the rotation schedule needs the
 * requested one.
 */
export function ageRatio({ exp }: TokenClaims, expirationSeconds: number, now = Date.now()): number {
  if (exp === undefined) return 0;
  const ratio = 1 - (exp - now / 1000) / expirationSeconds;
  return Math.round(Math.min(1, Math.max(0, ratio)) * 1e4) / 1e4;
}
