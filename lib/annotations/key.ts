// What an annotation of cwii is.

/** How a key's text is read: see `resolve`. Seconds and names stay text here, because a mistake in them is a finding. */
export type KeyType = 'string' | 'boolean' | 'seconds' | 'names';

export interface AnnotationKey {
  readonly type: KeyType;
  /** What it does, as one sentence for docs/annotations.md. */
  readonly effect: string;
  /** What holds where the key is explicit nowhere, in words for the docs. */
  readonly byDefault: string;
  readonly example: string;
}
