// One run of the issuer function: read the cluster, merge with the state, and write what changed.

import { setTimeout as pause } from 'node:timers/promises';
import { type Bucket, ConflictError, type StoredObject } from './bucket.ts';
import { type ClusterDocuments, readClusterKeys, readKeySet } from './cluster-documents.ts';
import type { Command } from './command.ts';
import { placesOf, stateObjectKey } from './issuer-url.ts';
import { changesOf, isCurrent, mergeKeys } from './merge-keys.ts';
import { clusterUnreadable, keySetChangedByOthers, keysNotForAllClouds, type Notice, stateMissing } from './notices.ts';
import type { PublicKey } from './public-key.ts';
import { discoveryOf, keySetOf, type PublishedDocument } from './published-documents.ts';
import { emptyState, type IssuerState, parseState, serializeState } from './state.ts';

export interface PublishContext {
  readonly clusterName: string;
  readonly issuer: string;
  readonly graceMs: number;
  readonly bucket: Bucket;
  /** @throws {CwiiError} */
  readonly readCluster: () => Promise<ClusterDocuments>;
  /** Milliseconds of Unix time. */
  readonly now: () => number;
}

export interface Publication {
  readonly state: IssuerState;
  /** Problems to fix; each run repeats them until then. */
  readonly warnings: readonly Notice[];
  /** Facts that may be intended, such as a key that not every cloud accepts. */
  readonly notes: readonly Notice[];
  readonly changes: readonly string[];
  /** Keys of the objects that were written, in order; empty if nothing had changed. */
  readonly written: readonly string[];
}

const MAX_ATTEMPTS = 5;

/**
 * Publishes the cluster's keys.
 *
 * @throws {CwiiError} If it fails, every document is still the old or already the new one, and both are
 * valid.
 */
export async function publish(context: PublishContext, command: Command): Promise<Publication> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await publishOnce(context, command);
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt === MAX_ATTEMPTS) throw error;
      // Random, so that two runs that conflict do not conflict again.
      await pause(50 * attempt * (1 + Math.random()));
    }
  }
}

async function publishOnce(context: PublishContext, command: Command): Promise<Publication> {
  const { bucket, issuer, graceMs } = context;
  const places = placesOf(issuer);
  const cluster = await clusterKeys(context, command);
  // Read documents before the state: a concurrent publish then fails our conditional write (ETag).
  const jwks = await bucket.read(places.jwks.objectKey);
  const discovery = await bucket.read(places.discovery.objectKey);
  const stateKey = stateObjectKey(context.clusterName);
  const stored = await bucket.read(stateKey);
  const before = previousState(context, stored, jwks);

  if (cluster.keys === undefined && !before.state.keys.some(isCurrent)) throw cluster.failure;
  const now = context.now();
  const merged = mergeKeys({ state: before.state, cluster: cluster.keys, command, now, graceMs });
  const keys = merged.state.keys.map(({ key }) => key);

  const written: string[] = [];
  // The state first: once it has a drop, the next run completes the drop at the latest, and no run reverts
  // it.
  const body = serializeState(merged.state);
  let version = stored?.version;
  if (stored?.body !== body) {
    version = await bucket.write(stateKey, { body, ...stateHeaders }, stored?.version);
    written.push(stateKey);
  }
  // Then the keys: a discovery document must never refer to a missing key set.
  for (const [document, old] of [
    [keySetOf(issuer, keys), jwks],
    [discoveryOf(issuer, keys), discovery],
  ] as const) {
    if (isSame(document, old)) continue;
    await bucket.write(document.objectKey, document, old?.version);
    written.push(document.objectKey);
  }
  // If another run changed the state while the documents were written, that run decides what they contain.
  if (written.length > 0 && (await bucket.read(stateKey))?.version !== version)
    throw new ConflictError(bucket.locationOf(stateKey));

  const current = merged.state.keys.filter(isCurrent).map(({ key }) => key);
  return {
    state: merged.state,
    warnings: [...cluster.warnings, ...before.warnings, ...merged.warnings],
    notes: keysNotForAllClouds(current),
    changes: changesOf(before.state, merged.state, graceMs),
    written,
  };
}

const stateHeaders = { contentType: 'application/json', cacheControl: 'no-store' } as const;

type ClusterKeys =
  | { readonly keys: readonly PublicKey[]; readonly failure?: never; readonly warnings: readonly Notice[] }
  | { readonly keys: undefined; readonly failure: unknown; readonly warnings: readonly Notice[] };

/**
 * A command is applied even if the cluster cannot be read: an attacker with its key may also keep it from
 * answering.
 */
async function clusterKeys({ readCluster, issuer }: PublishContext, command: Command): Promise<ClusterKeys> {
  try {
    return { keys: readClusterKeys(issuer, await readCluster()), warnings: [] };
  } catch (failure) {
    if (command.drop.length + command.undrop.length === 0) throw failure;
    return { keys: undefined, failure, warnings: [clusterUnreadable((failure as Error).message)] };
  }
}

/**
 * Without a stored state, published keys count as removed now: tokens that they signed may still be in use.
 */
function previousState(
  { bucket, clusterName, issuer, now }: PublishContext,
  stored: StoredObject | undefined,
  jwks: StoredObject | undefined,
): { readonly state: IssuerState; readonly warnings: readonly Notice[] } {
  const place = bucket.locationOf(stateObjectKey(clusterName));
  if (stored) {
    const state = parseState(stored.body, place);
    const expected = keySetOf(
      issuer,
      state.keys.map(({ key }) => key),
    );
    return {
      state,
      warnings:
        jwks && jwks.body !== expected.body ? [keySetChangedByOthers(bucket.locationOf(expected.objectKey))] : [],
    };
  }
  if (!jwks) return { state: emptyState, warnings: [] };
  try {
    const keys = readKeySet(jwks.body).map((key) => ({ key, removedAt: now() }));
    return { state: { keys, dropped: [] }, warnings: [stateMissing(place)] };
  } catch {
    const keySet = bucket.locationOf(placesOf(issuer).jwks.objectKey);
    return { state: emptyState, warnings: [stateMissing(place, keySet)] };
  }
}

function isSame(document: PublishedDocument, stored: StoredObject | undefined): boolean {
  return (
    stored?.body === document.body &&
    stored.contentType === document.contentType &&
    stored.cacheControl === document.cacheControl
  );
}
