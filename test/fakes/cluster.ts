// A fake cluster behind the reader port. It records reads and can delay its answers.

import type { ClusterReader, ReadOptions, ReadResult } from '../../lib/cluster/reader.ts';
import { nameOf, type ObjectKey, type ObjectMetadata } from '../../lib/kubernetes/objects.ts';

export class FakeCluster implements ClusterReader {
  /** The names of objects that were read, such as `Deployment shop/web`, in the order of the reads. */
  readonly reads: string[] = [];
  readonly options: ReadOptions[] = [];
  /** False: objects that a test does not need are left out. */
  complete = false;
  apiAudiences: readonly string[] = [];
  readonly #objects = new Map<string, ObjectMetadata | Error>();
  #gate: PromiseWithResolvers<void> | undefined;

  /** @param name in the format of `nameOf`. */
  serve(name: string, metadata: Partial<ObjectMetadata> = {}): this {
    this.#objects.set(name, { uid: `uid of ${name}`, annotations: {}, ownerReferences: [], ...metadata });
    return this;
  }

  fail(name: string, error: Error): this {
    this.#objects.set(name, error);
    return this;
  }

  remove(name: string): void {
    this.#objects.delete(name);
  }

  /** Delays all answers until `release`. */
  hold(): void {
    this.#gate = Promise.withResolvers();
  }

  release(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  async read(key: ObjectKey, options: ReadOptions): Promise<ReadResult> {
    this.reads.push(nameOf(key));
    this.options.push(options);
    await this.#gate?.promise;
    const object = this.#objects.get(nameOf(key));
    if (object instanceof Error) throw object;
    return { object, attempts: 1, cached: false };
  }
}
