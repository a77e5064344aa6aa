// What an operator should see though the run went well: in the log and in the answer.

export interface Notice {
  /** Stable and kebab-case. */
  readonly code: string;
  readonly message: string;
}
