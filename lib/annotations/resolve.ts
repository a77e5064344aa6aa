// The precedence of annotations: for each key on its own, the first scope with an explicit value wins.

import { distance } from 'fastest-levenshtein';
import { annotationFinding, type Finding } from './findings.ts';
import { annotationKeys, isKeyName, isOutputKey, KEY_PREFIX, type KeyName, type ValueOf } from './keys.ts';
import type { Scope } from './scopes.ts';

/** A value that somebody set, with its provenance. */
export interface Explicit<Value> {
  readonly key: KeyName;
  readonly value: Value;
  /** The annotation's text as written. */
  readonly raw: string;
  readonly source: Scope;
}

/** What the scopes say, by key. A key that is explicit nowhere is absent. */
export class Resolution {
  readonly #values: ReadonlyMap<KeyName, Explicit<string | boolean>>;
  /** What could not be read on the way to a key's value, and keys that do not exist. */
  readonly findings: readonly Finding[];

  constructor(values: ReadonlyMap<KeyName, Explicit<string | boolean>>, findings: readonly Finding[]) {
    this.#values = values;
    this.findings = findings;
  }

  get<K extends KeyName>(key: K): Explicit<ValueOf<K>> | undefined {
    return this.#values.get(key) as Explicit<ValueOf<K>> | undefined;
  }

  /** All explicit values with their provenance, in the order of the key table. */
  explicit(): Explicit<string | boolean>[] {
    return (Object.keys(annotationKeys) as KeyName[]).flatMap((key) => this.#values.get(key) ?? []);
  }
}

/**
 * Resolves every key over `scopes`, which are ordered from the most specific (the pod) to the widest (the namespace).
 *
 * Booleans are trimmed and case-insensitive; one that cannot be read is not explicit and gives a finding. Strings are
 * trimmed; an empty one is not explicit.
 */
export function resolve(scopes: readonly Scope[]): Resolution {
  const values = new Map<KeyName, Explicit<string | boolean>>();
  const findings: Finding[] = [];
  for (const source of scopes) {
    for (const [key, raw] of Object.entries(source.annotations)) {
      if (!key.startsWith(KEY_PREFIX) || isOutputKey(key)) continue;
      if (!isKeyName(key)) {
        findings.push(unknownKey(key, raw, source));
        continue;
      }
      if (values.has(key)) continue;
      const value = annotationKeys[key].type === 'boolean' ? readBoolean(raw) : raw.trim() || undefined;
      if (value !== undefined) values.set(key, { key, value, raw, source });
      else if (raw.trim() !== '') {
        findings.push(
          annotationFinding(
            'boolean-unreadable',
            { key, raw, source },
            'neither "true" nor "false", so it counts as not set; write "true" or "false"',
          ),
        );
      }
    }
  }
  return new Resolution(values, findings);
}

function readBoolean(raw: string): boolean | undefined {
  const text = raw.trim().toLowerCase();
  if (text === 'true') return true;
  return text === 'false' ? false : undefined;
}

function unknownKey(key: string, raw: string, source: Scope): Finding {
  return annotationFinding(
    'annotation-unknown',
    { key, raw, source },
    `no such annotation, so it has no effect; did you mean ${nearestKey(key)}?`,
  );
}

function nearestKey(key: string): string {
  // An annotation's name has at most 63 characters after the prefix; the bound holds for what never was validated.
  const typed = key.slice(0, KEY_PREFIX.length + 63).toLowerCase();
  const names = Object.keys(annotationKeys);
  return names.reduce((best, name) => (distance(typed, name) < distance(typed, best) ? name : best));
}
