// Where in cwii.yaml a problem is, and how it is told: `cwii.yaml:LINE:COLUMN: clusters[0].issuer …`.

import { distance } from 'fastest-levenshtein';
import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node, type Pair } from 'yaml';
import { z } from 'zod';
import { fileSchema } from './schema.ts';

export type Path = readonly (string | number)[];

export interface Problem {
  readonly path: Path;
  /** Continues the sentence that begins with the key. */
  readonly message: string;
}

/** Problems with their places in the file, in its order; lines and columns count from 1. */
export function tell(problems: readonly Problem[], file: string, document: Document, lines: LineCounter): string[] {
  return problems
    .map((problem) => ({ ...problem, offset: offsetOf(document, problem.path) }))
    .sort((one, other) => one.offset - other.offset)
    .map(({ path, message, offset }) => {
      const { line, col } = lines.linePos(offset);
      // A problem is a line, whatever the value that it shows.
      return `${file}:${line}:${col}: ${nameOf(path)} ${message.replaceAll('\n', '\\n')}`;
    });
}

function nameOf(path: Path): string {
  const parts = path.map((part, index) => {
    if (typeof part === 'number') return `[${part}]`;
    if (!/^[\w.-]+$/.test(part)) return `[${JSON.stringify(part)}]`;
    return index > 0 ? `.${part}` : part;
  });
  return parts.join('') || 'the file';
}

/** The offset of the deepest part of the path that the file has: of a missing key, the object that should have it. */
function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents;
  let offset = (node as Node | null)?.range?.[0] ?? 0;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    const child: unknown = isMap(node)
      ? pairOf(node.items, part)
      : isSeq(node)
        ? node.items[part as number]
        : undefined;
    if (child === undefined) return offset;
    if (isMap(node)) {
      const { key, value } = child as Pair;
      offset = (key as Node).range?.[0] ?? offset;
      node = value;
    } else {
      offset = (child as Node).range?.[0] ?? offset;
      node = child;
    }
  }
  // A value on the key's line is pointed at itself; one below its key is found by the key.
  return isScalar(node) && node.range ? node.range[0] : offset;
}

function pairOf(pairs: readonly Pair[], name: string | number): Pair | undefined {
  return pairs.find(({ key }) => isScalar(key) && String(key.value) === String(name));
}

/** What zod found, in the words of this file; one problem for each unknown key. */
export function problemsOf(issues: readonly z.core.$ZodIssue[]): Problem[] {
  const misspelt = new Set(issues.filter(({ code }) => code === 'unrecognized_keys').map(({ path }) => path.join('.')));
  return issues.flatMap((issue): Problem | Problem[] => {
    const path = issue.path as Path;
    // That the group lacks a key follows from one that is misspelt.
    if (issue.code === 'custom' && misspelt.has(path.join('.'))) return [];
    if (issue.code !== 'unrecognized_keys') return { path, message: inWords(issue) };
    return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(key, keysAt(path)) }));
  });
}

function inWords(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing';
      if (issue.input === null)
        return `is empty; write ${issue.expected === 'object' ? 'keys below it, or {}' : 'a value'}, or remove it`;
      return issue.expected === 'string'
        ? 'is not a text to YAML; write it in quotes'
        : `is not ${kinds[issue.expected] ?? `of type ${issue.expected}`}`;
    case 'invalid_value':
      return `is ${JSON.stringify(issue.input)}; write ${issue.values.join(' or ')}`;
    case 'too_small':
      return issue.origin === 'array'
        ? 'is an empty list; write an entry, or remove the key'
        : issue.origin === 'string'
          ? 'is empty'
          : `is ${issue.input}; write ${issue.minimum} or more`;
    case 'too_big':
      return issue.origin === 'array'
        ? `has more than ${issue.maximum} entries`
        : `is ${issue.input}; write ${issue.maximum} or less`;
    default:
      return issue.message;
  }
}

const kinds: Readonly<Record<string, string>> = {
  array: 'a list; begin each entry with "- "',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'a group of keys',
};

function unknownKey(key: string, known: readonly string[]): string {
  const nearest = known
    .map((name) => ({ name, far: distance(name.toLowerCase(), key.toLowerCase()) }))
    .sort((one, other) => one.far - other.far)[0];
  const near = nearest && nearest.far <= Math.max(2, Math.floor(key.length / 3));
  return `is no key of cwii.yaml${near ? `; did you mean ${nearest.name}?` : `; there are ${known.join(', ') || 'none here'}`}`;
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
}

/** The keys that an object at this path can have. */
function keysAt(path: Path): string[] {
  let schema: JsonSchema | undefined = z.toJSONSchema(fileSchema, { io: 'input' }) as JsonSchema;
  for (const part of path) schema = typeof part === 'number' ? schema?.items : schema?.properties?.[part];
  return Object.keys(schema?.properties ?? {});
}
