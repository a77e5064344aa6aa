// The state between runs: served, removed and dropped keys, in a JSON object that is not served.

import * as z from 'zod/mini';
import { CwiiError } from '../common/errors.ts';
import { type PublicKey, readPublicKey } from './public-key.ts';

export interface ServedKey {
  readonly key: PublicKey;
  /**
   * When a run first found it missing in the cluster, in milliseconds of Unix time; undefined: the cluster
   * has it.
   */
  readonly removedAt: number | undefined;
}

export interface DroppedKey {
  readonly kid: string;
  /** RFC 7638: the key stays dropped if it appears with another ID. */
  readonly thumbprint: string;
  /** Milliseconds of Unix time. */
  readonly droppedAt: number;
}

export interface IssuerState {
  readonly keys: readonly ServedKey[];
  readonly dropped: readonly DroppedKey[];
}

export const emptyState: IssuerState = { keys: [], dropped: [] };

const time = z.iso.datetime();

const stateView = z.object({
  version: z.literal(1),
  keys: z.array(z.object({ key: z.unknown(), removedAt: z.optional(time) })),
  dropped: z.array(z.object({ kid: z.string(), thumbprint: z.string(), droppedAt: time })),
});

/**
 * @param place of the object, for the message.
 * @throws {CwiiError} `issuer-state-unreadable`. Starting with an empty state instead would serve dropped
 * keys again.
 */
export function parseState(text: string, place: string): IssuerState {
  try {
    const { keys, dropped } = stateView.parse(JSON.parse(text));
    return {
      keys: keys.map(({ key, removedAt }) => ({
        key: readPublicKey(key),
        removedAt: removedAt === undefined ? undefined : Date.parse(removedAt),
      })),
      dropped: dropped.map((one) => ({ ...one, droppedAt: Date.parse(one.droppedAt) })),
    };
  } catch (error) {
    throw new CwiiError(
      'issuer-state-unreadable',
      `${place} is not in the form that this function writes, so nothing is published; restore an earlier version of the object. If there is none, delete it: the served keys then stay for the grace period, and dropped keys must be dropped again`,
      { cause: error },
    );
  }
}

/** The same text for the same state, so that an unchanged state is not written again. */
export function serializeState({ keys, dropped }: IssuerState): string {
  const view = {
    version: 1,
    keys: keys.map(({ key, removedAt }) => ({ key, ...(removedAt !== undefined && { removedAt: iso(removedAt) }) })),
    dropped: dropped.map((one) => ({ ...one, droppedAt: iso(one.droppedAt) })),
  };
  return `${JSON.stringify(view, null, 2)}\n`;
}

export function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
