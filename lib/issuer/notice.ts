// What an operator should see though the run went well: in the log, in the answer and in the metric Warnings.

export interface Notice {
  /** Stable and kebab-case. */
  readonly code: string;
  readonly message: string;
}
