// One run of the token rotation function: its answer, one line in the log, and the metrics that alarms watch.

import type { TokenClaims } from '../../lib/cluster/credentials/token-claims.ts';
import { CwiiError } from '../../lib/common/errors.ts';
import { errorChain, type LogWriter, logLine } from '../../lib/common/log.ts';
import type { RecordMetrics } from '../../lib/common/metrics.ts';
import { ageRatio, type Rotation, rotate } from '../../lib/token-rotation/rotate.ts';

export interface Ports extends Omit<Rotation, 'onToken'> {
  readonly clusterName: string;
  readonly recordMetrics: RecordMetrics<'token-rotation'>;
  readonly writeLog: LogWriter;
}

/** What is told to whoever invoked it. */
export interface Answer {
  /** When the new token expires, ISO 8601; null where it never does. */
  readonly expiresAt: string | null;
}

/** Errors in which the secret holds nothing that could renew itself: its lifetime counts as over. */
const LOST = new Set(['token-missing', 'token-of-another', 'token-expired']);

/** Answers a schedule's events, whatever is in them. What it throws is counted by Lambda too. */
export function createHandler({ clusterName, recordMetrics, writeLog, ...rotation }: Ports): () => Promise<Answer> {
  const log = (level: 'info' | 'warn' | 'error', entry: object) => writeLog(logLine(level, clusterName, entry));

  return async () => {
    let inPlace: TokenClaims | undefined;
    const onToken = (claims: TokenClaims) => {
      inPlace = claims;
    };
    try {
      const claims = await rotate({ ...rotation, onToken });
      const expiresAt = claims.exp === undefined ? null : new Date(claims.exp * 1000).toISOString();
      const warning = shortness(claims, rotation.expirationSeconds);
      log(warning ? 'warn' : 'info', { outcome: 'rotated', expiresAt, ...(warning && { warning }) });
      recordMetrics({ Rotated: 1, Failures: 0, TokenAgeRatio: ageRatio(claims, rotation.expirationSeconds) });
      return { expiresAt };
    } catch (error) {
      const code = error instanceof CwiiError ? error.code : 'internal';
      log('error', { outcome: 'failed', code, error: errorChain(error) });
      const ratio = inPlace ? ageRatio(inPlace, rotation.expirationSeconds) : LOST.has(code) ? 1 : undefined;
      recordMetrics({ Rotated: 0, Failures: 1, ...(ratio !== undefined && { TokenAgeRatio: ratio }) });
      throw error;
    }
  };
}

/** An API server may cap lifetimes (`--service-account-max-token-expiration`); the schedule does not know of it. */
function shortness({ iat, exp }: TokenClaims, asked: number): string | undefined {
  if (iat === undefined || exp === undefined || exp - iat >= asked * 0.9) return undefined;
  return `the API server gives tokens for ${exp - iat} seconds where ${asked} are asked for; set the credential's expirationSeconds in cwii.yaml (CWII_TOKEN_EXPIRATION_SECONDS) to ${exp - iat}, so that the schedule fits`;
}
