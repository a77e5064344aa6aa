// What is fuzzed: something that is made from a seed and an index, tried, and judged.

/** What came of one try. */
export interface Checked {
  /** What is wrong; undefined where all is well. */
  readonly problem: string | undefined;
  /** What the outcome counts as. */
  readonly kind: string;
  readonly milliseconds: number;
}

export interface Subject {
  check(seed: number, index: number): Promise<Checked>;
  /** What was tried, as JSON has it, and small if that can be done. */
  show(seed: number, index: number, problem: string): Promise<unknown>;
}
