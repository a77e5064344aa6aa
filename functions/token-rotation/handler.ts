// One run of the token rotation function: its answer, one line in the log, and the metrics that alarms watch.

import type { TokenClaims } from '../../lib/cluster/credentials/token-claims.ts';
import { CwiiError } from '../../lib/errors.ts';
import { errorChain, type LogWriter, logLine } from '../../lib/log.ts';
import type { RecordMetrics } from '../../lib/metrics.ts';
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
  const log = (level: 'info' | 'error', entry: object) => writeLog(logLine(level, clusterName, entry));

  return async () => {
    let inPlace: TokenClaims | undefined;
    const onToken = (claims: TokenClaims) => {
      inPlace = claims;
    };
    try {
      const { exp } = await rotate({ ...rotation, onToken });
      const expiresAt = exp === undefined ? null : new Date(exp * 1000).toISOString();
      log('info', { outcome: 'rotated', expiresAt });
      recordMetrics({ Rotated: 1, Failures: 0, TokenAgeRatio: inPlace ? ageRatio(inPlace) : 0 });
      return { expiresAt };
    } catch (error) {
      const code = error instanceof CwiiError ? error.code : 'internal';
      log('error', { outcome: 'failed', code, error: errorChain(error) });
      const ratio = inPlace ? ageRatio(inPlace) : LOST.has(code) ? 1 : undefined;
      recordMetrics({ Rotated: 0, Failures: 1, ...(ratio !== undefined && { TokenAgeRatio: ratio }) });
      throw error;
    }
  };
}
