// The list of dropped keys after a command. A name that nobody knows is refused: with a typing error in it, the compromised
// key would stay.

import { CwiiError } from '../common/errors.ts';
import type { Command } from './command.ts';
import { type PublicKey, thumbprintOf } from './public-key.ts';
import type { DroppedKey, IssuerState } from './state.ts';

/**
 * @param known the cluster's keys.
 * @throws {CwiiError} `issuer-key-unknown`; then nothing of the command is done.
 */
export function applyCommand(
  state: IssuerState,
  known: readonly PublicKey[],
  { drop, undrop }: Command,
  now: number,
): readonly DroppedKey[] {
  for (const kid of undrop) {
    if (!state.dropped.some((one) => one.kid === kid)) throw unknown(kid, 'dropped', state.dropped);
  }
  const all = [...known, ...state.keys.map(({ key }) => key)];
  const dropped = state.dropped.filter(({ kid }) => !undrop.includes(kid));
  for (const kid of new Set(drop)) {
    const named = all.filter((key) => key.kid === kid);
    if (named.length === 0 && !dropped.some((one) => one.kid === kid)) throw unknown(kid, 'known', all);
    for (const thumbprint of new Set(named.map(thumbprintOf))) {
      if (!dropped.some((one) => one.kid === kid && one.thumbprint === thumbprint))
        dropped.push({ kid, thumbprint, droppedAt: now });
    }
  }
  return dropped;
}

function unknown(kid: string, what: 'dropped' | 'known', keys: readonly { readonly kid: string }[]): CwiiError {
  const names = [...new Set(keys.map((key) => key.kid))].join(', ') || 'none';
  return new CwiiError(
    'issuer-key-unknown',
    `nothing was changed: "${kid}" is no key that is ${what} here; these are: ${names}`,
  );
}
