// Says how far a long command is, on a terminal only.

/** A shorter command needs no progress. */
const INTERVAL_MS = 2000;

export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Counts steps whose number is not known before, and prints a line every two seconds. */
export class CountedProgress {
  readonly #what: string;
  readonly #output: ProgressOutput;
  readonly #now: () => number;
  #done = 0;
  #lastMs: number;

  /** @param what the steps, in the plural. */
  constructor(what: string, output: ProgressOutput = process.stderr, now = () => performance.now()) {
    this.#what = what;
    this.#output = output;
    this.#now = now;
    this.#lastMs = now();
  }

  step(): void {
    this.#done += 1;
    if (!this.#output.isTTY || this.#now() - this.#lastMs < INTERVAL_MS) return;
    this.#lastMs = this.#now();
    this.#output.write(`cwii: ${this.describe(this.#done)} ${this.#what}\n`);
  }

  protected describe(done: number): string {
    return String(done);
  }
}

/** Counts the steps of one kind up to a number that is known. */
export class Progress extends CountedProgress {
  readonly #total: number;

  constructor(what: string, total: number, ...options: [output?: ProgressOutput, now?: () => number]) {
    super(what, ...options);
    this.#total = total;
  }

  protected override describe(done: number): string {
    return `${done} of ${this.#total}`;
  }
}
