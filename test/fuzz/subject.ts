// The port of a fuzz subject, which generates an input, tries it, and judges the result.

/** The result of one input. */
export interface Checked {
  /** Undefined if there is none. */
  readonly problem: string | undefined;
  /** The kind of the outcome, which the summary counts. */
  readonly kind: string;
  readonly milliseconds: number;
}

export interface Subject {
  check(seed: number, index: number): Promise<Checked>;
  /** The input as JSON, made smaller if possible. */
  show(seed: number, index: number, problem: string): Promise<unknown>;
  /** Ends what the subject started. */
  stop?(): Promise<void>;
}
