// The handler of the token rotation function: what one run answers, logs and measures.

import type { TokenClaims } from '../../lib/cluster/credentials/token-claims.ts';
import { ageRatio, type Rotation, rotate, TokenLostError } from '../../lib/token-rotation/rotate.ts';
import { type ReportPorts, runAndReport } from '../scheduled-run.ts';

export interface Ports extends Omit<Rotation, 'onToken'>, ReportPorts<'token-rotation'> {}

export interface Answer {
  /** When the new token expires, ISO 8601; null if it never does. */
  readonly expiresAt: string | null;
}

/** Handles the events of a schedule, whatever they contain. */
export function createHandler({ clusterName, recordMetrics, writeLog, ...rotation }: Ports): () => Promise<Answer> {
  const { expirationSeconds } = rotation;

  return function handler() {
    let stored: TokenClaims | undefined;
    const onToken = (claims: TokenClaims) => {
      stored = claims;
    };
    return runAndReport(
      { clusterName, recordMetrics, writeLog },
      async () => {
        const claims = await rotate({ ...rotation, onToken });
        const expiresAt = claims.exp === undefined ? null : new Date(claims.exp * 1000).toISOString();
        const warning = lifetimeWarning(claims, expirationSeconds);
        return {
          answer: { expiresAt },
          level: warning ? 'warn' : 'info',
          log: { outcome: 'rotated', expiresAt, ...(warning && { warning }) },
          measurements: { Rotated: 1, Failures: 0, TokenAgeRatio: ageRatio(claims, expirationSeconds) },
        };
      },
      (error) => {
        // A token that cannot request its successor counts as expired.
        const ratio = stored ? ageRatio(stored, expirationSeconds) : error instanceof TokenLostError ? 1 : undefined;
        return { Rotated: 0, Failures: 1, ...(ratio !== undefined && { TokenAgeRatio: ratio }) };
      },
    );
  };
}

/**
 * The API server may limit lifetimes (`--service-account-max-token-expiration`), for which the schedule is
 * too slow.
 */
function lifetimeWarning({ iat, exp }: TokenClaims, requested: number): string | undefined {
  if (iat === undefined || exp === undefined || exp - iat >= requested * 0.9) return undefined;
  return `the API server issued a token for ${exp - iat} seconds instead of the requested ${requested}; set the credential's expirationSeconds in cwii.yaml (CWII_TOKEN_EXPIRATION_SECONDS) to ${exp - iat}, so that the schedule fits`;
}
