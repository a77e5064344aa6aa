// Caches objects for a few seconds, so that the scopes of a burst of pods of one workload are read once.

import type { ObjectKey, ObjectMetadata } from '../kubernetes/objects.ts';
import type { ClusterReader, ReadOptions, ReadResult } from './reader.ts';

/** More objects than a burst of pods uses. The oldest entries are evicted first. */
const MAX_OBJECTS = 1000;

/**
 * Limit on the total JSON size of cached objects; a thousand typical ones have half a million characters.
 * Without it, anyone who can create ServiceAccounts could exhaust the memory of the function: an object may
 * have 256 KiB of annotations, and owner references on top.
 */
const MAX_CHARACTERS = 8_000_000;

interface CacheEntry {
  readonly object: ObjectMetadata;
  /** Date.now() when the read started: the object is at least as new. */
  readonly readAt: number;
  /** JSON size in characters. */
  readonly size: number;
}

/**
 * Returns an object from the cache until `seconds` after its read started. Missing objects are not cached,
 * because they may be created at any moment. Failures are not cached either.
 */
export class CachingReader implements ClusterReader {
  readonly #reader: ClusterReader;
  readonly #milliseconds: number;
  readonly #entries = new Map<string, CacheEntry>();
  #totalSize = 0;

  constructor(reader: ClusterReader, seconds: number) {
    this.#reader = reader;
    this.#milliseconds = seconds * 1000;
  }

  get complete(): boolean {
    return this.#reader.complete ?? false;
  }

  get apiAudiences(): readonly string[] {
    return this.#reader.apiAudiences ?? [];
  }

  async read(key: ObjectKey, options: ReadOptions): Promise<ReadResult> {
    const cached = options.fresh ? undefined : this.cached(key, options.uid);
    if (cached) return { object: cached, attempts: 0, cached: true };
    const readAt = Date.now();
    const result = await this.#reader.read(key, options);
    this.#store(idOf(key), result.object, readAt);
    return result;
  }

  cached(key: ObjectKey, uid?: string): ObjectMetadata | undefined {
    const entry = this.#entries.get(idOf(key));
    if (!entry || (uid !== undefined && entry.object.uid !== uid)) return undefined;
    const age = Date.now() - entry.readAt;
    // If the clock was set back, the age is negative; such an entry is not used either.
    return age >= 0 && age < this.#milliseconds ? entry.object : undefined;
  }

  #store(id: string, object: ObjectMetadata | undefined, readAt: number): void {
    // Deleted first, so that the map stays in the order of reading.
    this.#delete(id);
    if (!object) return;
    const size = JSON.stringify(object).length;
    this.#entries.set(id, { object, readAt, size });
    this.#totalSize += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= MAX_OBJECTS && this.#totalSize <= MAX_CHARACTERS) break;
      this.#delete(oldest);
    }
  }

  #delete(id: string): void {
    this.#totalSize -= this.#entries.get(id)?.size ?? 0;
    this.#entries.delete(id);
  }
}

function idOf({ kind, namespace, name }: ObjectKey): string {
  return `${kind.group}/${kind.kind}/${namespace ?? ''}/${name}`;
}
