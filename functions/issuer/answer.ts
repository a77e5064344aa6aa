// The answer of the issuer function to its caller.

import type { IssuerConfig } from '../../lib/issuer/issuer-config.ts';
import { placesOf } from '../../lib/issuer/issuer-url.ts';
import { isCurrent, servedUntil } from '../../lib/issuer/merge-keys.ts';
import type { Publication } from '../../lib/issuer/publish.ts';
import { iso } from '../../lib/issuer/state.ts';

/** The published state after the run. Times are ISO 8601. */
export interface Answer {
  readonly issuer: string;
  readonly discoveryUrl: string;
  readonly jwksUri: string;
  readonly keys: readonly {
    readonly kid: string;
    readonly alg: string;
    /**
     * `current`: the cluster has it; `removed`: the cluster removed it, and it is served until `servedUntil`.
     */
    readonly status: 'current' | 'removed';
    readonly servedUntil?: string;
  }[];
  readonly dropped: readonly { readonly kid: string; readonly droppedAt: string }[];
  readonly changes: readonly string[];
  /** Problems to fix. The metric Warnings counts them on every run until then. */
  readonly warnings: readonly string[];
  /** Facts that may be intended, such as keys that not every cloud accepts. */
  readonly notes: readonly string[];
  /** Keys of the objects that were written; empty if nothing had changed. */
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
