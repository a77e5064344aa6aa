// What a run leaves behind: the answer to whoever invoked it, one line in the log, and the metrics that alarms watch.

import type { MiddlewareObj } from '@middy/core';
import { CwiiError } from '../../lib/common/errors.ts';
import { errorChain, type LogWriter, logLine } from '../../lib/common/log.ts';
import type { RecordMetrics } from '../../lib/common/metrics.ts';
import type { IssuerConfig } from '../../lib/issuer/config.ts';
import { placesOf } from '../../lib/issuer/issuer-url.ts';
import { isCurrent, servedUntil } from '../../lib/issuer/merge.ts';
import type { Publication } from '../../lib/issuer/publish.ts';
import { iso } from '../../lib/issuer/state.ts';

/** The answer: what is served from now on. Times are ISO 8601. */
export interface Answer {
  readonly issuer: string;
  readonly discoveryUrl: string;
  readonly jwksUri: string;
  readonly keys: readonly {
    readonly kid: string;
    readonly alg: string;
    /** `current`: the cluster's; `removed`: no longer, and served until `servedUntil`. */
    readonly status: 'current' | 'removed';
    readonly servedUntil?: string;
  }[];
  readonly dropped: readonly { readonly kid: string; readonly droppedAt: string }[];
  readonly changes: readonly string[];
  /** To be looked at: counted by the metric Warnings until it is mended. */
  readonly warnings: readonly string[];
  /** Worth knowing: clouds that take no tokens of a key. */
  readonly notes: readonly string[];
  /** Keys of the objects that were written; none where nothing had changed. */
  readonly written: readonly string[];
}

export function answerOf({ issuer, graceMs }: IssuerConfig, publication: Publication): Answer {
  const { state, changes, warnings, notes, written } = publication;
  const { discovery, jwks } = placesOf(issuer);
  return {
    issuer,
    discoveryUrl: discovery.url,
    jwksUri: jwks.url,
    keys: state.keys.map((one) => {
      const until = servedUntil(one, graceMs);
      return {
        kid: one.key.kid,
        alg: one.key.alg,
        status: isCurrent(one) ? 'current' : 'removed',
        ...(until !== undefined && { servedUntil: until }),
      };
    }),
    dropped: state.dropped.map(({ kid, droppedAt }) => ({ kid, droppedAt: iso(droppedAt) })),
    changes,
    warnings: warnings.map(({ message }) => message),
    notes: notes.map(({ message }) => message),
    written,
  };
}

/** The error itself goes on to Lambda, so that the function's own Errors count it too. */
export function logAndMeasure(
  cluster: string,
  write: LogWriter,
  record: RecordMetrics<'issuer'>,
): MiddlewareObj<unknown, Answer> {
  const log = (level: 'info' | 'warn' | 'error', entry: object) => write(logLine(level, cluster, entry));
  return {
    after: function logAndMeasure({ response }): void {
      if (!response) return;
      const { keys, dropped, changes, warnings, notes, written } = response;
      const outcome = written.length > 0 ? 'published' : 'unchanged';
      const kids = { keys: keys.map(({ kid }) => kid), dropped: dropped.map(({ kid }) => kid) };
      log(warnings.length > 0 ? 'warn' : 'info', { outcome, ...kids, changes, warnings, notes, written });
      record({ Published: 1, Failures: 0, Warnings: warnings.length, Keys: keys.length });
    },
    onError: function logAndMeasure({ error }): void {
      const code = error instanceof CwiiError ? error.code : 'internal';
      log('error', { outcome: 'failed', code, error: errorChain(error) });
      record({ Published: 0, Failures: 1 });
    },
  };
}
