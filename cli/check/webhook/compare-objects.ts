// Compares an object of the cluster with the one that `cwii manifests` would write.

import { isObject, isString } from '../../../lib/common/json.ts';

export interface Difference {
  /** Such as `webhooks[pods.cwii.dev].failurePolicy`. */
  readonly path: string;
  /** Short texts; `nothing` for a missing value. */
  readonly found: string;
  readonly expected: string;
  /** In place of `is <found> instead of <expected>`, for lists. */
  readonly text?: string;
}

/** The API server and other controllers write these themselves. */
const NOT_COMPARED = ['apiVersion', 'kind', 'metadata', 'status', 'secrets', 'imagePullSecrets'];

/** Values that the API server fills in. */
const DEFAULTS: readonly unknown[] = [null, 'Equivalent', '*', false];

/** The fields that differ. A field that only the cluster has counts unless it has the default of the API. */
export function differencesOf(found: object, expected: object): Difference[] {
  // A namespace has no settings: its spec is a list of the API server.
  const ignored = 'kind' in expected && expected.kind === 'Namespace' ? [...NOT_COMPARED, 'spec'] : NOT_COMPARED;
  const compared = (object: object) =>
    Object.fromEntries(Object.entries(object).filter(([key]) => !ignored.includes(key)));
  // The copy has no undefined values.
  return compare('', compared(found), compared(JSON.parse(JSON.stringify(expected))));
}

/** Such as `failurePolicy is Ignore instead of Fail`. */
export function describe(differences: readonly Difference[]): string {
  const shown = differences
    .slice(0, MOST)
    .map(({ path, found, expected, text }) => `${path} ${text ?? `is ${found} instead of ${expected}`}`);
  const more = differences.length - shown.length;
  return more > 0 ? `${shown.join('; ')}; and ${more} more` : shown.join('; ');
}

const MOST = 3;

function compare(path: string, found: unknown, expected: unknown): Difference[] {
  if (expected === undefined && isDefault(found)) return [];
  if (found === undefined && isDefault(expected)) return [];
  if (Array.isArray(found) && Array.isArray(expected)) return compareLists(path, found, expected);
  if (isObject(found) && isObject(expected))
    return [...new Set([...Object.keys(expected), ...Object.keys(found)])].flatMap((key) =>
      compare(path === '' ? key : `${path}.${key}`, found[key], expected[key]),
    );
  if (found === expected) return [];
  if (typeof found === 'string' && typeof expected === 'string') return [{ path, ...cut(found, expected) }];
  return [{ path, found: textOf(found), expected: textOf(expected) }];
}

function isDefault(value: unknown): boolean {
  if (DEFAULTS.includes(value)) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.values(value).every(isDefault);
}

/** Items with a name are compared with the item of that name, all others with the one at their position. */
function compareLists(path: string, found: readonly unknown[], expected: readonly unknown[]): Difference[] {
  if ([...found, ...expected].every(isString)) return compareTexts(path, found as string[], expected as string[]);
  const isNamed = [...found, ...expected].every((item) => nameOf(item) !== undefined);
  const byKey = (items: readonly unknown[]) =>
    new Map(items.map((item, index) => [isNamed ? (nameOf(item) ?? '') : String(index), item]));
  const [left, right] = [byKey(found), byKey(expected)];
  return [...new Set([...right.keys(), ...left.keys()])].flatMap((key) => {
    const [item, wanted] = [left.get(key), right.get(key)];
    const at = `${path}[${key}]`;
    // A whole item would be a long text.
    if (isNamed && item === undefined) return [{ path: at, found: 'missing', expected: 'there' }];
    if (isNamed && wanted === undefined) return [{ path: at, found: 'there', expected: 'missing' }];
    return compare(at, item, wanted);
  });
}

/** The lists of texts here are sets: operations, resources, verbs, subjects. */
function compareTexts(path: string, found: readonly string[], expected: readonly string[]): Difference[] {
  const further = found.filter((text) => !expected.includes(text));
  const missing = expected.filter((text) => !found.includes(text));
  const parts = [
    ...(further.length > 0 ? [`has ${further.join(', ')}`] : []),
    ...(missing.length > 0 ? [`lacks ${missing.join(', ')}`] : []),
  ];
  if (parts.length === 0) return [];
  return [{ path, found: found.join(', '), expected: expected.join(', '), text: parts.join(' and ') }];
}

function nameOf(item: unknown): string | undefined {
  return isObject(item) && typeof item['name'] === 'string' ? item['name'] : undefined;
}

const LONGEST = 60;

/** Long texts, such as expressions, from a little before their first difference. */
function cut(found: string, expected: string): Pick<Difference, 'found' | 'expected'> {
  if (Math.max(found.length, expected.length) <= LONGEST) return { found: textOf(found), expected: textOf(expected) };
  let same = 0;
  while (same < found.length && found[same] === expected[same]) same++;
  const from = Math.max(0, same - 20);
  const part = (text: string) =>
    `"${from > 0 ? '…' : ''}${text.slice(from, from + LONGEST)}${text.length > from + LONGEST ? '…' : ''}"`;
  return { found: part(found), expected: part(expected) };
}

function textOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return value === '' ? '""' : value;
  const text = JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
