// Commands of an operator: stop serving a compromised key at once, or undo that.

import * as z from 'zod/mini';
import { CwiiError } from '../common/errors.ts';
import { type PublicKey, thumbprintOf } from './public-key.ts';
import type { DroppedKey, IssuerState } from './state.ts';

export interface Command {
  /** IDs of keys that must not be served any more, whatever the cluster publishes. */
  readonly drop: readonly string[];
  /** IDs of dropped keys that may be served again. */
  readonly undrop: readonly string[];
}

export const noCommand: Command = { drop: [], undrop: [] };

const kids = z.optional(z.array(z.string().check(z.minLength(1))).check(z.minLength(1)));

const commandView = z.strictObject({ drop: kids, undrop: kids });

/** Strict: a misspelt command that ran as a scheduled run would silently keep serving a compromised key. */
export function parseCommand(event: unknown): Command {
  const parsed = commandView.safeParse(event);
  if (!parsed.success) {
    throw new CwiiError(
      'issuer-command-unknown',
      'the event is not a command; send {"drop":["KID"]} to stop serving a key, {"undrop":["KID"]} to undo that, or {} to publish the keys now',
    );
  }
  const { drop = [], undrop = [] } = parsed.data;
  const both = drop.find((kid) => undrop.includes(kid));
  if (both !== undefined) {
    throw new CwiiError(
      'issuer-command-unknown',
      `the command both drops and undrops "${both}"; send only one of the two`,
    );
  }
  return { drop, undrop };
}

/**
 * The list of dropped keys after a command. An unknown ID is an error: with a typing error, the compromised
 * key would stay.
 *
 * @param known the cluster's keys.
 * @throws {CwiiError} `issuer-key-unknown`; then no part of the command is applied.
 */
export function applyCommand(
  state: IssuerState,
  known: readonly PublicKey[],
  { drop, undrop }: Command,
  now: number,
): readonly DroppedKey[] {
  for (const kid of undrop) {
    if (!state.dropped.some((one) => one.kid === kid)) throw unknownKey(kid, 'dropped', state.dropped);
  }
  const all = [...known, ...state.keys.map(({ key }) => key)];
  const dropped = state.dropped.filter(({ kid }) => !undrop.includes(kid));
  for (const kid of new Set(drop)) {
    const named = all.filter((key) => key.kid === kid);
    if (named.length === 0 && !dropped.some((one) => one.kid === kid)) throw unknownKey(kid, 'known', all);
    for (const thumbprint of new Set(named.map(thumbprintOf))) {
      if (!dropped.some((one) => one.kid === kid && one.thumbprint === thumbprint))
        dropped.push({ kid, thumbprint, droppedAt: now });
    }
  }
  return dropped;
}

function unknownKey(kid: string, what: 'dropped' | 'known', keys: readonly { readonly kid: string }[]): CwiiError {
  const kids = [...new Set(keys.map((key) => key.kid))].join(', ') || 'none';
  return new CwiiError(
    'issuer-key-unknown',
    `nothing was changed: "${kid}" is not the ID of a ${what} key; the ${what} keys are: ${kids}`,
  );
}
