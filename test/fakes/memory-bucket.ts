// A bucket in memory. Tests can write between the writes of the issuer and make its writes fail.

import { type Bucket, ConflictError, type NewObject, type StoredObject } from '../../lib/issuer/bucket.ts';

export class MemoryBucket implements Bucket {
  /** The keys of all writes, in order. */
  readonly writes: string[] = [];
  readonly #objects = new Map<string, StoredObject>();
  readonly #beforeWrites = new Map<string, (() => unknown)[]>();
  #version = 0;

  locationOf(key: string): string {
    return `s3://memory/${key}`;
  }

  async read(key: string): Promise<StoredObject | undefined> {
    return this.#objects.get(key);
  }

  async write(key: string, object: NewObject, replaces: string | undefined): Promise<string> {
    await this.#beforeWrites.get(key)?.shift()?.();
    if (this.#objects.get(key)?.version !== replaces) throw new ConflictError(this.locationOf(key));
    return this.put(key, object);
  }

  /** Writes as somebody else does. */
  put(key: string, { body, contentType, cacheControl }: NewObject): string {
    const version = `"${++this.#version}"`;
    this.#objects.set(key, { body, contentType, cacheControl, version });
    this.writes.push(key);
    return version;
  }

  remove(key: string): void {
    this.#objects.delete(key);
  }

  bodyOf(key: string): string | undefined {
    return this.#objects.get(key)?.body;
  }

  /** Runs before the next write of an object, in the given order. If it throws, the write fails. */
  beforeWrite(key: string, happens: () => unknown): this {
    this.#beforeWrites.set(key, [...(this.#beforeWrites.get(key) ?? []), happens]);
    return this;
  }
}
