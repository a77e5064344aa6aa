// The form of an entry in the catalogue of error codes.

export interface ErrorCodeDocs {
  /** The event and its circumstances, in whole sentences of Markdown. */
  readonly meaning: string;
  /** The remedy, as an instruction. */
  readonly remedy: string;
}
