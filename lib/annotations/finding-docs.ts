// The form of an entry in the catalogue of findings.

/** `warn` is shown to the creator of the pod; `deny` denies the pod. */
export type Severity = 'warn' | 'deny';

interface Docs<Params> {
  /** The first part of the message: a clause that continues `<key> "<value>" on <object>: …`. */
  readonly problem: string | ((params: Params) => string);
  /** The second part of the message: what to do, in the imperative. */
  readonly remedy: string;
  /**
   * Something is missing that a more specific scope may set; advice on a ServiceAccount or namespace omits
   * these.
   */
  readonly incomplete?: true;
}

/** A finding that is always as severe. */
export interface FixedDocs<Params> extends Docs<Params> {
  readonly severity: Severity;
}

/**
 * An invalid value: it denies on the pod and its owner, and warns and skips the provider on wider scopes
 * (`CWII_ON_INVALID`).
 */
export interface InvalidDocs extends Docs<Record<never, never>> {
  readonly severity: 'by-scope';
  readonly problem: string;
}

/** Checks the entry's form and keeps the type of its parameters. Most findings only warn. */
export function finding<Params = Record<never, never>>(
  docs: Docs<Params> & { readonly severity?: Severity },
): FixedDocs<Params> {
  return { severity: 'warn', ...docs };
}

export function invalid(docs: Omit<InvalidDocs, 'severity'>): InvalidDocs {
  return { severity: 'by-scope', ...docs };
}

/** A clause as a sentence, for the documentation: with a capital letter and one full stop. */
export function sentenceOf(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1).replace(/\.$/, '')}.`;
}
