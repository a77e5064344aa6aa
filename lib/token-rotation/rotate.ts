// The story of one rotation: read the token, let it ask for its successor, try that one, and only then put it in its place.

import { claimsOf, type TokenClaims } from '../cluster/credentials/token-claims.ts';
import { CwiiError } from '../common/errors.ts';
import type { ServiceAccountName } from './config.ts';

/** Where the token is kept. */
export interface TokenStore {
  /** How an administrator puts a token there by hand. */
  readonly remedy: string;
  /** @throws {CwiiError} where it cannot be read. */
  read(): Promise<string>;
  /** @throws {CwiiError} where it cannot be written; what was there is still there then. */
  write(token: string): Promise<void>;
}

/** The cluster's own API for tokens. */
export interface TokenApi {
  /** @throws {CwiiError} that says why the cluster gives no token. */
  request(token: string, serviceAccount: ServiceAccountName, expirationSeconds: number): Promise<string>;
  /** The name of the user that the API server takes the token's bearer for. @throws {CwiiError} where it takes none. */
  userOf(token: string): Promise<string>;
}

export interface Rotation {
  readonly store: TokenStore;
  readonly api: TokenApi;
  readonly serviceAccount: ServiceAccountName;
  readonly expirationSeconds: number;
  /** Told of the token that is in the store, once it is read and once it is replaced. */
  readonly onToken: (claims: TokenClaims) => void;
}

/**
 * Replaces the token of the store by a new one, which has been accepted by the API server before.
 *
 * @throws {CwiiError} with the remedy; the token in the store is then the one that was there before.
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
      `the API server answered TokenRequest with no token of ${user}; the old one stays`,
    );
  }
  // A token that nobody accepts must never replace one that works.
  const seen = await api.userOf(next);
  if (seen !== user) {
    throw new CwiiError(
      'token-unusable',
      `the API server takes the new token for ${seen}, not for ${user}; the old one stays`,
    );
  }

  await store.write(next);
  onToken(claims);
  return claims;
}

/** @throws {CwiiError} where it cannot ask for its successor, and an administrator must put a new one. */
function checkCurrent(token: string, user: string, remedy: string): TokenClaims {
  const claims = claimsOf(token);
  if (!claims) throw new CwiiError('token-missing', `the secret holds no ServiceAccount token yet; ${remedy}`);
  if (claims.sub !== user) {
    throw new CwiiError(
      'token-of-another',
      `the token in the secret is of ${claims.sub ?? 'nobody'}, but CWII_TOKEN_SERVICE_ACCOUNT means ${user}; ${remedy}`,
    );
  }
  const expiredAt = claims.exp === undefined ? undefined : claims.exp * 1000;
  if (expiredAt !== undefined && expiredAt <= Date.now()) {
    throw new CwiiError(
      'token-expired',
      `the token in the secret expired at ${new Date(expiredAt).toISOString()} and cannot renew itself any more; ${remedy}`,
    );
  }
  return claims;
}

/**
 * How much of the lifetime that is asked for is over, from 0 to 1; a token that never expires does not age. Where the
 * API server gives less than that, a new token is old already: the schedule of the rotation counts on the whole.
 */
export function ageRatio({ exp }: TokenClaims, expirationSeconds: number, now = Date.now()): number {
  if (exp === undefined) return 0;
  const ratio = 1 - (exp - now / 1000) / expirationSeconds;
  return Math.round(Math.min(1, Math.max(0, ratio)) * 1e4) / 1e4;
}
