// What cwii has to say about a pod's configuration, and the one form in which it is worded.

import type { FindingCodeName, Severity } from './finding-codes.ts';
import type { Scope, ScopeKind } from './scopes.ts';

/** One thing to say about a pod, with what is needed to find and mend it. */
export interface Finding {
  readonly code: FindingCodeName;
  readonly severity: Severity;
  /** The annotation at fault, or the variable, volume or reference where there is none. */
  readonly key: string;
  /** The value at fault, as written. */
  readonly value?: string;
  readonly scope: ScopeKind;
  /** The object that carries it, such as `ServiceAccount default/my-app`. */
  readonly object: string;
  /** What is wrong and what to do, in one short clause that begins after a colon. */
  readonly message: string;
}

/** The longest text that the API server passes on whole (apiserver `warning` package, `truncateItemRunes`). */
export const LONGEST_WARNING = 256;

const LONGEST_VALUE = 60;
const SHORTEST_VALUE = 16;
const SHORTEST_OBJECT = 24;

/** The finding as one line of at most 256 characters: key, value, object, what is wrong and what to do. */
export function describeFinding({ key, value, object, message }: Finding): string {
  const tail = printable(`: ${message}`);
  // What the reader has to do is kept whole: the object gives way first, then the value.
  const room = LONGEST_WARNING - countCharacters(printable(key)) - countCharacters(tail) - ' on '.length;
  const quotes = value === undefined ? 0 : ' ""'.length;
  const valueRoom = room - quotes - Math.min(countCharacters(object), SHORTEST_OBJECT);
  const shown = value === undefined ? '' : shorten(printable(value), clamp(valueRoom, SHORTEST_VALUE, LONGEST_VALUE));
  const place = shorten(printable(object), Math.max(room - quotes - countCharacters(shown), SHORTEST_OBJECT));
  const subject = value === undefined ? printable(key) : `${printable(key)} "${shown}"`;
  return asWarning(`${subject} on ${place}${tail}`);
}

/** Any text as a line that the API server passes on whole; its beginning and its end stay. */
export function asWarning(text: string): string {
  return shorten(printable(text), LONGEST_WARNING);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

/** As the API server counts: by code point. */
function countCharacters(text: string): number {
  return [...text].length;
}

/** A finding about an annotation's value, placed where the value was found. */
export function annotationFinding(
  code: FindingCodeName,
  at: { readonly key: string; readonly raw: string; readonly source: Scope },
  message: string,
  severity: Severity = 'warn',
): Finding {
  return { code, severity, key: at.key, value: at.raw, scope: at.source.kind, object: at.source.object, message };
}

/** Keeps the beginning and the end, because names differ at both. Counts characters, as the API server does. */
function shorten(text: string, most: number): string {
  const characters = [...text];
  if (characters.length <= most) return text;
  const end = Math.floor((most - 1) / 2);
  return `${characters.slice(0, most - 1 - end).join('')}…${characters.slice(characters.length - end).join('')}`;
}

/** Values come from whoever may annotate: no line breaks or control characters reach headers, terminals or logs. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
}
