// A bucket in memory that keeps the port's promises, with somebody else who writes in between, and writes that fail.

import { type Bucket, ConflictError, type NewObject, type StoredObject } from '../../lib/issuer/bucket.ts';

export class MemoryBucket implements Bucket {
  /** Keys of the objects in the order of their writes. */
  readonly writes: string[] = [];
  readonly #objects = new Map<string, StoredObject>();
  readonly #beforeWrites = new Map<string, (() => unknown)[]>();
  #version = 0;

  placeOf(key: string): string {
    return `s3://memory/${key}`;
  }

  async read(key: string): Promise<StoredObject | undefined> {
    return this.#objects.get(key);
  }

  async write(key: string, object: NewObject, replaces: string | undefined): Promise<string> {
    await this.#beforeWrites.get(key)?.shift()?.();
    if (this.#objects.get(key)?.version !== replaces) throw new ConflictError(this.placeOf(key));
    return this.put(key, object);
  }

  /** As somebody else does it. */
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

  /** Happens right before the next write of an object, in the order given; what throws fails the write. */
  beforeWrite(key: string, happens: () => unknown): this {
    this.#beforeWrites.set(key, [...(this.#beforeWrites.get(key) ?? []), happens]);
    return this;
  }
}
