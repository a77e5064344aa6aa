// The form of an entry in the catalogue of error codes.

export interface ErrorCodeDocs {
  /** What happened, and when, in whole sentences of Markdown. */
  readonly meaning: string;
  /** What to do about it, as an instruction. */
  readonly remedy: string;
}
