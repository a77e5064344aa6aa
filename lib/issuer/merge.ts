// Which keys are served: the cluster's, those that were the cluster's until lately, and never one that was dropped.

import { CwiiError } from '../common/errors.ts';
import { MOST_KEYS_OF_A_TYPE } from './cluster-documents.ts';
import type { Command } from './command.ts';
import { applyCommand } from './drop.ts';
import type { Notice } from './notice.ts';
import { type PublicKey, thumbprintOf } from './public-key.ts';
import { type DroppedKey, type IssuerState, iso, type ServedKey } from './state.ts';

export interface Merging {
  readonly state: IssuerState;
  /** What the cluster publishes now; undefined: it could not be read, and what it published last holds. */
  readonly cluster: readonly PublicKey[] | undefined;
  readonly command: Command;
  /** Milliseconds of Unix time. */
  readonly now: number;
  /** How long a removed key is served on, in milliseconds. */
  readonly graceMs: number;
}

export interface Merged {
  readonly state: IssuerState;
  readonly warnings: readonly Notice[];
}

/**
 * The state after this run, whose keys are the ones to serve.
 *
 * @throws {CwiiError} where no key that the cluster signs with would be left, or the command names an unknown key.
 */
export function merge({ state, cluster, command, now, graceMs }: Merging): Merged {
  const known = cluster ?? state.keys.filter(isCurrent).map(({ key }) => key);
  const dropped = applyCommand(state, known, command, now);
  const isDropped = matcher(dropped);
  const current = known.filter((key) => !isDropped(key));
  if (current.length === 0) throw nothingLeft(command);

  const kids = new Set(current.map(({ kid }) => kid));
  const removed = state.keys
    .filter(({ key }) => !kids.has(key.kid) && !isDropped(key))
    // A time to come is of a run whose clock was ahead, or of somebody else: it would serve the key for as long.
    .map(({ key, removedAt = now }): ServedKey => ({ key, removedAt: Math.min(removedAt, now) }))
    .filter(({ removedAt = now }) => now < removedAt + graceMs);
  const kept = removed.filter((one, _, all) => isWithinLimit(one, current, all));

  return {
    state: {
      keys: [...inOrder(current.map((key) => ({ key, removedAt: undefined }))), ...inOrder(kept)],
      dropped,
    },
    warnings: [
      ...known.filter(isDropped).map(stillInCluster),
      ...current.filter((key) => isAnotherKey(key, state)).map(replaced),
      ...removed.filter((one) => !kept.includes(one)).map(evicted),
    ],
  };
}

/** What changed from one state to the next, a phrase for each key. */
export function changesOf(before: IssuerState, after: IssuerState, graceMs: number): string[] {
  const was = new Map(before.keys.map((one) => [one.key.kid, one]));
  const is = new Map(after.keys.map((one) => [one.key.kid, one]));
  const dropped = new Set(after.dropped.map(({ kid }) => kid));
  const appeared = after.keys.flatMap((one) => {
    const old = was.get(one.key.kid);
    if (isCurrent(one)) return !old ? `${one.key.kid} is new` : isCurrent(old) ? [] : `${one.key.kid} is back`;
    if (old && !isCurrent(old)) return [];
    return `${one.key.kid} is no longer the cluster's, and served until ${servedUntil(one, graceMs)}`;
  });
  const disappeared = before.keys.flatMap(({ key: { kid } }) =>
    is.has(kid) ? [] : dropped.has(kid) ? `${kid} was dropped` : `${kid} is no longer served`,
  );
  return [...appeared, ...disappeared];
}

export function isCurrent({ removedAt }: ServedKey): boolean {
  return removedAt === undefined;
}

/** Undefined for a key of the cluster's. */
export function servedUntil({ removedAt }: ServedKey, graceMs: number): string | undefined {
  return removedAt === undefined ? undefined : iso(removedAt + graceMs);
}

/** By name and by the key itself: neither another key of that name nor that key by another name. */
function matcher(dropped: readonly DroppedKey[]): (key: PublicKey) => boolean {
  const kids = new Set(dropped.map(({ kid }) => kid));
  const thumbprints = new Set(dropped.map(({ thumbprint }) => thumbprint));
  return (key) => kids.has(key.kid) || thumbprints.has(thumbprintOf(key));
}

/** The cluster's keys come first; of the others those that were removed last. */
function isWithinLimit(one: ServedKey, current: readonly PublicKey[], removed: readonly ServedKey[]): boolean {
  const { kty } = one.key;
  const later = removed.filter((other) => other.key.kty === kty && ranksBefore(other, one)).length;
  return current.filter((key) => key.kty === kty).length + later < MOST_KEYS_OF_A_TYPE;
}

function ranksBefore(one: ServedKey, other: ServedKey): boolean {
  const [time = 0, otherTime = 0] = [one.removedAt, other.removedAt];
  return time > otherTime || (time === otherTime && one.key.kid < other.key.kid);
}

/** API servers list keys in the order of their flags, which differs from one to the next. */
function inOrder(keys: readonly ServedKey[]): ServedKey[] {
  return keys.toSorted((one, other) => (one.key.kid < other.key.kid ? -1 : 1));
}

function isAnotherKey(key: PublicKey, { keys }: IssuerState): boolean {
  const known = keys.find((one) => one.key.kid === key.kid);
  return known !== undefined && thumbprintOf(known.key) !== thumbprintOf(key);
}

function nothingLeft({ drop }: Command): CwiiError {
  if (drop.length > 0)
    return new CwiiError(
      'issuer-drop-leaves-nothing',
      'nothing was dropped: no key that the cluster signs with would be left, and every token would fail. Give the API servers a new signing key first, keep the old one in --service-account-key-file until this command has run, then remove it. To cut off clouds at once, remove the trust there (the OIDC provider in IAM, the federated credentials)',
    );
  return new CwiiError(
    'issuer-nothing-to-serve',
    'every key that the cluster publishes has been dropped, and nothing was changed: give the API servers a new signing key (--service-account-signing-key-file), or take a drop back by {"undrop":["KID"]}',
  );
}

function stillInCluster({ kid }: PublicKey): Notice {
  return {
    code: 'dropped-key-in-cluster',
    message: `${kid} was dropped and is not served, but the cluster still publishes it: tokens that it signs fail in the clouds, and are still accepted by the API server. Remove it from --service-account-key-file and --service-account-signing-key-file of every API server`,
  };
}

function replaced({ kid }: PublicKey): Notice {
  return {
    code: 'key-replaced',
    message: `${kid} names another key than before; the one that it named is no longer served. Give every key a kid of its own`,
  };
}

function evicted({ key: { kid, kty } }: ServedKey): Notice {
  return {
    code: 'key-evicted',
    message: `${kid} left before its grace period was over, because AWS takes ${MOST_KEYS_OF_A_TYPE} ${kty} keys; rotate less often, or shorten the period`,
  };
}
