// Decides which keys are served: the cluster's, those that it removed recently, and never a dropped one.

import { CwiiError } from '../common/errors.ts';
import { MAX_KEYS_OF_A_TYPE } from './cluster-documents.ts';
import { applyCommand, type Command } from './command.ts';
import { droppedKeyInCluster, keyEvicted, keyReplaced, type Notice } from './notices.ts';
import { type PublicKey, thumbprintOf } from './public-key.ts';
import { type DroppedKey, type IssuerState, iso, type ServedKey } from './state.ts';

export interface MergeInput {
  readonly state: IssuerState;
  /**
   * The keys that the cluster publishes now; undefined: it could not be read, and those that it published
   * last count.
   */
  readonly cluster: readonly PublicKey[] | undefined;
  readonly command: Command;
  /** Milliseconds of Unix time. */
  readonly now: number;
  /** How long a removed key is still served, in milliseconds. */
  readonly graceMs: number;
}

export interface MergedKeys {
  readonly state: IssuerState;
  readonly warnings: readonly Notice[];
}

/**
 * The state after this run; its keys are the ones to serve.
 *
 * @throws {CwiiError} if no key that the cluster signs with would be left, or if the command names an unknown
 * key.
 */
export function mergeKeys({ state, cluster, command, now, graceMs }: MergeInput): MergedKeys {
  const known = cluster ?? state.keys.filter(isCurrent).map(({ key }) => key);
  const dropped = applyCommand(state, known, command, now);
  const isDropped = matcher(dropped);
  const current = known.filter((key) => !isDropped(key));
  if (current.length === 0) throw noKeyLeft(command);

  const kids = new Set(current.map(({ kid }) => kid));
  const removed = state.keys
    .filter(({ key }) => !kids.has(key.kid) && !isDropped(key))
    // Clamp future timestamps (clock skew or tampering): they would extend the grace period.
    .map(({ key, removedAt = now }): ServedKey => ({ key, removedAt: Math.min(removedAt, now) }))
    .filter(({ removedAt = now }) => now < removedAt + graceMs);
  const kept = removed.filter((one, _, all) => isWithinLimit(one, current, all));

  return {
    state: {
      keys: [...inOrder(current.map((key) => ({ key, removedAt: undefined }))), ...inOrder(kept)],
      dropped,
    },
    warnings: [
      ...known.filter(isDropped).map(droppedKeyInCluster),
      ...current.filter((key) => isAnotherKey(key, state)).map(keyReplaced),
      ...removed.filter((one) => !kept.includes(one)).map(({ key }) => keyEvicted(key, MAX_KEYS_OF_A_TYPE)),
    ],
  };
}

/** The changes from one state to the next, as a phrase for each key. */
export function changesOf(before: IssuerState, after: IssuerState, graceMs: number): string[] {
  const was = new Map(before.keys.map((one) => [one.key.kid, one]));
  const is = new Map(after.keys.map((one) => [one.key.kid, one]));
  const dropped = new Set(after.dropped.map(({ kid }) => kid));
  const appeared = after.keys.flatMap((one) => {
    const old = was.get(one.key.kid);
    if (isCurrent(one)) return !old ? `${one.key.kid} is new` : isCurrent(old) ? [] : `${one.key.kid} is back`;
    if (old && !isCurrent(old)) return [];
    return `${one.key.kid} was removed from the cluster, and is served until ${servedUntil(one, graceMs)}`;
  });
  const disappeared = before.keys.flatMap(({ key: { kid } }) =>
    is.has(kid) ? [] : dropped.has(kid) ? `${kid} was dropped` : `${kid} is no longer served`,
  );
  return [...appeared, ...disappeared];
}

export function isCurrent({ removedAt }: ServedKey): boolean {
  return removedAt === undefined;
}

/** Undefined for a key that the cluster still has. */
export function servedUntil({ removedAt }: ServedKey, graceMs: number): string | undefined {
  return removedAt === undefined ? undefined : iso(removedAt + graceMs);
}

/**
 * Matches by ID and by the key itself: neither another key with that ID nor that key with another ID is
 * served.
 */
function matcher(dropped: readonly DroppedKey[]): (key: PublicKey) => boolean {
  const kids = new Set(dropped.map(({ kid }) => kid));
  const thumbprints = new Set(dropped.map(({ thumbprint }) => thumbprint));
  return (key) => kids.has(key.kid) || thumbprints.has(thumbprintOf(key));
}

/** The cluster's keys have priority, then those that were removed last. */
function isWithinLimit(one: ServedKey, current: readonly PublicKey[], removed: readonly ServedKey[]): boolean {
  const { kty } = one.key;
  const later = removed.filter((other) => other.key.kty === kty && ranksBefore(other, one)).length;
  return current.filter((key) => key.kty === kty).length + later < MAX_KEYS_OF_A_TYPE;
}

function ranksBefore(one: ServedKey, other: ServedKey): boolean {
  const [time = 0, otherTime = 0] = [one.removedAt, other.removedAt];
  return time > otherTime || (time === otherTime && one.key.kid < other.key.kid);
}

/** API servers list keys in the order of their flags, which differs between API servers. */
function inOrder(keys: readonly ServedKey[]): ServedKey[] {
  return keys.toSorted((one, other) => (one.key.kid < other.key.kid ? -1 : 1));
}

function isAnotherKey(key: PublicKey, { keys }: IssuerState): boolean {
  const known = keys.find((one) => one.key.kid === key.kid);
  return known !== undefined && thumbprintOf(known.key) !== thumbprintOf(key);
}

function noKeyLeft({ drop }: Command): CwiiError {
  if (drop.length > 0)
    return new CwiiError(
      'issuer-drop-leaves-nothing',
      'nothing was dropped: no key that the cluster signs with would be left, and clouds would reject every token. Give the API servers a new signing key first, keep the old one in --service-account-key-file until this command has run, then remove it. To stop the clouds at once, remove their trust (the OIDC provider in IAM, the federated credentials)',
    );
  return new CwiiError(
    'issuer-nothing-to-serve',
    'nothing was changed: every key that the cluster publishes was dropped. Give the API servers a new signing key (--service-account-signing-key-file), or undo a drop with {"undrop":["KID"]}',
  );
}
