// Says how far a long command is, on a terminal only.

/** A shorter command needs no progress. */
const INTERVAL_MS = 2000;

export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Counts the steps of one kind, and prints a line every two seconds. */
export class Progress {
  readonly #what: string;
  readonly #total: number;
  readonly #output: ProgressOutput;
  readonly #now: () => number;
  #done = 0;
  #lastMs: number;

  /** @param what the steps, in the plural. */
  constructor(what: string, total: number, output: ProgressOutput = process.stderr, now = () => performance.now()) {
    this.#what = what;
    this.#total = total;
    this.#output = output;
    this.#now = now;
    this.#lastMs = now();
  }

  step(): void {
    this.#done += 1;
    if (!this.#output.isTTY || this.#now() - this.#lastMs < INTERVAL_MS) return;
    this.#lastMs = this.#now();
    this.#output.write(`cwii: ${this.#done} of ${this.#total} ${this.#what}\n`);
  }
}
