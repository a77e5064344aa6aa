// Collects the chunks of a body in one buffer with a limit.

/** The first allocation. Most bodies arrive in one chunk, which is kept without a copy. */
const FIRST_BYTES = 1024;

/**
 * One buffer that grows by doubling. A list of chunks would need an object for each chunk, so that a sender
 * of one-byte chunks could fill the memory with a small body.
 */
export class BodyBuffer {
  readonly #maxBytes: number;
  #bytes: Buffer | undefined;
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @returns false if the body is larger than the limit; this chunk is then not kept. */
  append(chunk: Buffer): boolean {
    const length = this.#length + chunk.length;
    if (length > this.#maxBytes) return false;
    if (this.#bytes === undefined) {
      this.#bytes = chunk;
    } else {
      if (length > this.#bytes.length) this.#grow(length);
      chunk.copy(this.#bytes, this.#length);
    }
    this.#length = length;
    return true;
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafe(Math.min(this.#maxBytes, Math.max(FIRST_BYTES, 2 * this.#length, needed)));
    this.#bytes?.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }

  /** The bytes as UTF-8. */
  text(): string {
    return this.#bytes?.toString('utf8', 0, this.#length) ?? '';
  }
}
