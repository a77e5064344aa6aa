// Findings: what cwii reports about a pod's configuration, and how each is written as one line.

import {
  type FindingCode,
  type FindingParams,
  type FixedCode,
  type FixedDocs,
  findingCodes,
  type InvalidCode,
  type InvalidDocs,
  type Severity,
} from './finding-codes.ts';
import type { InvalidRareAwsCode } from './rare-aws-findings.ts';
import type { Scope, ScopeKind } from './scope.ts';
import type { InvalidServiceCode } from './service-findings.ts';

/** One report about a pod's configuration, with the place and the remedy. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** The annotation at fault, or the variable, volume, container or reference if there is none. */
  readonly key: string;
  /** The value at fault, as written. */
  readonly value?: string;
  readonly scope: ScopeKind;
  /** The object that carries it, such as `ServiceAccount default/my-app`. */
  readonly object: string;
  /** The problem and the remedy, in one clause that begins after a colon. */
  readonly message: string;
  /** A more specific scope may set what is missing. */
  readonly incomplete?: true;
}

/** Where a finding was found. */
export type FindingLocation = Pick<Finding, 'key' | 'scope' | 'object'> & { readonly value?: string };

/** The parameters of the code's message; absent if it has none. */
type Params<Code extends FixedCode> =
  Record<never, never> extends FindingParams<Code> ? [] : [params: FindingParams<Code>];

/** The place of an annotation. */
export function locationOf(at: {
  readonly key: string;
  readonly raw: string;
  readonly source: Scope;
}): FindingLocation {
  return { key: at.key, value: at.raw, scope: at.source.kind, object: at.source.object };
}

export function findingOf<Code extends FixedCode>(
  code: Code,
  place: FindingLocation,
  ...[params]: Params<Code>
): Finding {
  const docs: FixedDocs<never> = findingCodes[code];
  return findingFrom(code, docs, place, params as never);
}

/** A finding of another catalogue. */
export function findingFrom<Params>(
  code: FindingCode,
  { severity, problem, remedy, incomplete }: FixedDocs<Params>,
  place: FindingLocation,
  params: Params,
): Finding {
  const text = typeof problem === 'string' ? problem : problem(params);
  return { code, severity, ...place, message: `${text}; ${remedy}`, ...(incomplete && { incomplete }) };
}

/**
 * @param effect what follows from the invalid value if it only warns, such as `nothing is injected for AWS`.
 * @param docs the entry of the code, if it is in another catalogue.
 */
export function invalidFinding(
  code: InvalidCode | InvalidServiceCode | InvalidRareAwsCode,
  place: FindingLocation,
  severity: Severity,
  effect: string,
  docs: Pick<InvalidDocs, 'problem' | 'remedy'> = findingCodes[code as InvalidCode],
): Finding {
  const { problem, remedy } = docs;
  return { code, severity, ...place, message: `${problem}${severity === 'warn' ? `, so ${effect}` : ''}; ${remedy}` };
}

/**
 * The longest text that the API server passes on whole (apiserver `warning` package, `truncateItemRunes`).
 */
export const LONGEST_WARNING = 256;

const LONGEST_VALUE = 60;
const SHORTEST_VALUE = 16;
const SHORTEST_OBJECT = 24;

/** The finding as one line of at most 256 characters: key, value, object, what is wrong and what to do. */
export function describeFinding({ key, value, object, message }: Finding): string {
  const tail = printable(`: ${message}`);
  // The remedy is kept whole: the object is shortened first, then the value.
  const room = LONGEST_WARNING - countCharacters(printable(key)) - countCharacters(tail) - ' on '.length;
  const quotes = value === undefined ? 0 : ' ""'.length;
  const valueRoom = room - quotes - Math.min(countCharacters(object), SHORTEST_OBJECT);
  const shown = value === undefined ? '' : shorten(printable(value), clamp(valueRoom, SHORTEST_VALUE, LONGEST_VALUE));
  const place = shorten(printable(object), Math.max(room - quotes - countCharacters(shown), SHORTEST_OBJECT));
  const subject = value === undefined ? printable(key) : `${printable(key)} "${shown}"`;
  return asWarning(`${subject} on ${place}${tail}`);
}

/** Any text as a line that the API server passes on whole. The beginning and the end are kept. */
export function asWarning(text: string): string {
  return shorten(printable(text), LONGEST_WARNING);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

/** Counts code points, as the API server does, up to a number that no line has room for. */
function countCharacters(text: string): number {
  return [...cut(text)].length;
}

/**
 * Keeps the beginning and the end, because names differ at both. Counts code points, as the API server does.
 *
 * @param most at most LONGEST_WARNING.
 */
function shorten(text: string, most: number): string {
  const characters = [...cut(text)];
  if (characters.length <= most) return text;
  const end = Math.floor((most - 1) / 2);
  return `${characters.slice(0, most - 1 - end).join('')}…${characters.slice(characters.length - end).join('')}`;
}

/**
 * Anyone who can annotate chooses values: line breaks and control characters must not reach headers or
 * terminals.
 */
function printable(text: string): string {
  return cut(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
}

/**
 * The beginning and the end of a text of megabytes, so that no work depends on its length. Both parts have
 * more characters than any line, so a later step still finds the text too long and drops what is between.
 */
function cut(text: string): string {
  const kept = 2 * LONGEST_WARNING;
  return text.length <= 2 * kept ? text : text.slice(0, kept) + text.slice(-kept);
}
