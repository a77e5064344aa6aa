// Reproducible random choices: the same seed and index give the same choices on every machine.

export class Chance {
  #state: number;

  constructor(seed: number, index = 0) {
    this.#state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35)) >>> 0;
    // Neighbouring indexes start with similar values; a few steps remove the similarity.
    for (let step = 0; step < 3; step += 1) this.#next();
  }

  /** mulberry32: small, fast, and random enough for choices. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** A whole number from 0 to `limit`, exclusive. */
  below(limit: number): number {
    return Math.floor((this.#next() / 0x1_0000_0000) * limit);
  }

  /** True in one of `count` cases. */
  onceIn(count: number): boolean {
    return this.below(count) === 0;
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)] as Value;
  }

  /** A number from 1 to `most`; small numbers are more likely. */
  few(most: number): number {
    let count = 1;
    while (count < most && this.onceIn(2)) count += 1;
    return count;
  }
}
