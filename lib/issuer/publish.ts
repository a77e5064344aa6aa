// The story of one run: read the cluster, merge with what is remembered, and write what changed in the order that clouds need.

import { setTimeout as pause } from 'node:timers/promises';
import type { CwiiError } from '../common/errors.ts';
import { type Bucket, ConflictError, type StoredObject } from './bucket.ts';
import { noticesOfClouds } from './clouds.ts';
import { type ClusterDocuments, readClusterKeys, readKeySet } from './cluster-documents.ts';
import type { Command } from './command.ts';
import { placesOf, stateObjectKey } from './issuer-url.ts';
import { changesOf, isCurrent, merge } from './merge.ts';
import type { Notice } from './notice.ts';
import type { PublicKey } from './public-key.ts';
import { discoveryOf, keySetOf, type ServedDocument } from './served.ts';
import { emptyState, type IssuerState, parseState, serializeState } from './state.ts';

export interface PublishContext {
  readonly clusterName: string;
  readonly issuer: string;
  readonly graceMs: number;
  readonly bucket: Bucket;
  /** @throws {CwiiError} saying why they could not be read. */
  readonly readCluster: () => Promise<ClusterDocuments>;
  /** Milliseconds of Unix time. */
  readonly now: () => number;
}

export interface Publication {
  readonly state: IssuerState;
  /** What has to be looked at, and is said again until it is mended. */
  readonly warnings: readonly Notice[];
  /** What is worth knowing, and may be meant so. */
  readonly notes: readonly Notice[];
  readonly changes: readonly string[];
  /** The objects that were written, in that order; none where everything was as it should be. */
  readonly written: readonly string[];
}

const ATTEMPTS = 5;

/**
 * Publishes the cluster's keys.
 *
 * @throws {CwiiError} and then has replaced no document by a worse one; what was served is served on.
 */
export async function publish(context: PublishContext, command: Command): Promise<Publication> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await publishOnce(context, command);
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt === ATTEMPTS) throw error;
      // Of two that met once, one waits longer.
      await pause(50 * attempt * (1 + Math.random()));
    }
  }
}

async function publishOnce(context: PublishContext, command: Command): Promise<Publication> {
  const { bucket, issuer, graceMs } = context;
  const places = placesOf(issuer);
  const cluster = await clusterKeys(context, command);
  // Before the state: a run that decides on a later state, and writes, is then noticed by the version of the document.
  const jwks = await bucket.read(places.jwks.objectKey);
  const discovery = await bucket.read(places.discovery.objectKey);
  const stateKey = stateObjectKey(context.clusterName);
  const stored = await bucket.read(stateKey);
  const before = remembered(context, stored, jwks);

  if (cluster.keys === undefined && !before.state.keys.some(isCurrent)) throw cluster.failure;
  const now = context.now();
  const merged = merge({ state: before.state, cluster: cluster.keys, command, now, graceMs });
  const keys = merged.state.keys.map(({ key }) => key);

  const written: string[] = [];
  // The state first: a drop that is remembered is done by the next run at the latest, and none can undo it.
  const body = serializeState(merged.state);
  let version = stored?.version;
  if (stored?.body !== body) {
    version = await bucket.write(stateKey, { body, ...stateHeaders }, stored?.version);
    written.push(stateKey);
  }
  // Then the keys: a discovery document must never lead to keys that are not there.
  for (const [document, old] of [
    [keySetOf(issuer, keys), jwks],
    [discoveryOf(issuer, keys), discovery],
  ] as const) {
    if (isSame(document, old)) continue;
    await bucket.write(document.objectKey, document, old?.version);
    written.push(document.objectKey);
  }
  // Another run may have gone on from this state while the documents were written: then they are its to say.
  if (written.length > 0 && (await bucket.read(stateKey))?.version !== version)
    throw new ConflictError(bucket.placeOf(stateKey));

  const current = merged.state.keys.filter(isCurrent).map(({ key }) => key);
  return {
    state: merged.state,
    warnings: [...cluster.warnings, ...before.warnings, ...merged.warnings],
    notes: noticesOfClouds(current),
    changes: changesOf(before.state, merged.state, graceMs),
    written,
  };
}

const stateHeaders = { contentType: 'application/json', cacheControl: 'no-store' } as const;

type ClusterKeys =
  | { readonly keys: readonly PublicKey[]; readonly failure?: never; readonly warnings: readonly Notice[] }
  | { readonly keys: undefined; readonly failure: unknown; readonly warnings: readonly Notice[] };

/** A command is carried out whether or not the cluster can be read: who has its key may well keep it from answering. */
async function clusterKeys({ readCluster, issuer }: PublishContext, command: Command): Promise<ClusterKeys> {
  try {
    return { keys: readClusterKeys(issuer, await readCluster()), warnings: [] };
  } catch (failure) {
    if (command.drop.length + command.undrop.length === 0) throw failure;
    const message = `the command was carried out on the keys that the cluster had last: ${(failure as CwiiError).message}`;
    return { keys: undefined, failure, warnings: [{ code: 'cluster-unreadable', message }] };
  }
}

/** Without a state, keys that somebody published by hand count as removed just now: tokens may be under way. */
function remembered(
  { bucket, clusterName, issuer, now }: PublishContext,
  stored: StoredObject | undefined,
  jwks: StoredObject | undefined,
): { readonly state: IssuerState; readonly warnings: readonly Notice[] } {
  const place = bucket.placeOf(stateObjectKey(clusterName));
  if (stored) {
    const state = parseState(stored.body, place);
    const expected = keySetOf(
      issuer,
      state.keys.map(({ key }) => key),
    );
    return {
      state,
      warnings: jwks && jwks.body !== expected.body ? [changedByOthers(bucket.placeOf(expected.objectKey))] : [],
    };
  }
  if (!jwks) return { state: emptyState, warnings: [] };
  const message = `there was a key set, but no ${place}: keys that were dropped have to be dropped again`;
  const warnings = [{ code: 'state-missing', message }];
  const served = bucket.placeOf(placesOf(issuer).jwks.objectKey);
  try {
    const keys = readKeySet(jwks.body).map((key) => ({ key, removedAt: now() }));
    return { state: { keys, dropped: [] }, warnings };
  } catch {
    return {
      state: emptyState,
      warnings: [{ code: 'state-missing', message: `${message}; ${served} was unreadable` }],
    };
  }
}

function changedByOthers(place: string): Notice {
  const message = `${place} was not what the last run wrote, and is written anew. Unless that run broke off, or cwii was updated since, somebody else writes there: whoever can, can become every identity that trusts this issuer`;
  return { code: 'key-set-changed-by-others', message };
}

function isSame(document: ServedDocument, stored: StoredObject | undefined): boolean {
  return (
    stored?.body === document.body &&
    stored.contentType === document.contentType &&
    stored.cacheControl === document.cacheControl
  );
}
