// Remembers objects for a moment, so that a burst of pods of one workload reads its scopes once.

import type { ObjectKey, ObjectMetadata } from '../kubernetes/objects.ts';
import type { ClusterReader, ReadOptions, ReadResult } from './reader.ts';

/** More objects than a burst touches; the oldest go first. */
const MOST_OBJECTS = 1000;

/**
 * Of all of them, as JSON: a thousand usual ones take half a million. An object may have 256 KiB of annotations, and owner
 * references beside: a thousand such, which anybody may make who may make ServiceAccounts, are more than a function has.
 */
const MOST_CHARACTERS = 8_000_000;

interface Remembered {
  readonly object: ObjectMetadata;
  /** Date.now() when the read began: what it shows is not older than that. */
  readonly since: number;
  /** As JSON, in characters. */
  readonly size: number;
}

/**
 * Answers from memory for `seconds` after a read began. A missing object is not remembered: it may be there the next
 * moment. Failures are not either.
 */
export class CachingReader implements ClusterReader {
  readonly #reader: ClusterReader;
  readonly #milliseconds: number;
  readonly #objects = new Map<string, Remembered>();
  /** Of all objects together. */
  #size = 0;

  constructor(reader: ClusterReader, seconds: number) {
    this.#reader = reader;
    this.#milliseconds = seconds * 1000;
  }

  get apiAudiences(): readonly string[] {
    return this.#reader.apiAudiences ?? [];
  }

  async read(key: ObjectKey, options: ReadOptions): Promise<ReadResult> {
    const id = `${key.kind.group}/${key.kind.kind}/${key.namespace ?? ''}/${key.name}`;
    const known = options.fresh ? undefined : this.#recall(id, options.uid);
    return known ? { object: known, attempts: 0, cached: true } : this.#ask(id, key, options);
  }

  async #ask(id: string, key: ObjectKey, options: ReadOptions): Promise<ReadResult> {
    const since = Date.now();
    const result = await this.#reader.read(key, options);
    // Deleted first, so that the map's order stays the order of reading.
    this.#forget(id);
    if (result.object && this.#milliseconds > 0) {
      const size = JSON.stringify(result.object).length;
      this.#objects.set(id, { object: result.object, since, size });
      this.#size += size;
      for (const oldest of this.#objects.keys()) {
        if (this.#objects.size <= MOST_OBJECTS && this.#size <= MOST_CHARACTERS) break;
        this.#forget(oldest);
      }
    }
    return result;
  }

  #forget(id: string): void {
    this.#size -= this.#objects.get(id)?.size ?? 0;
    this.#objects.delete(id);
  }

  #recall(id: string, uid: string | undefined): ObjectMetadata | undefined {
    const known = this.#objects.get(id);
    if (!known || (uid !== undefined && known.object.uid !== uid)) return undefined;
    const age = Date.now() - known.since;
    // A clock that was set back makes an age negative; such an entry is not trusted either.
    return age >= 0 && age < this.#milliseconds ? known.object : undefined;
  }
}
