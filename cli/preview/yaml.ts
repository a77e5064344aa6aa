// Parses YAML and JSON as kubectl reads it, in time and memory proportional to the text.

import {
  type Alias,
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  Parser,
  type ScalarTag,
  type Tags,
  type YAMLMap,
} from 'yaml';
import { isObject } from '../../lib/common/json.ts';

/** A problem in the text, with its line and column, which count from 1. */
export class YamlError extends Error {
  override name = 'YamlError';
  readonly line: number;
  readonly column: number;
  constructor(message: string, { line, col }: { line: number; col: number }) {
    super(message);
    this.line = line;
    this.column = col;
  }
}

/** The library takes more than a second for each MiB. */
const MAX_YAML_LENGTH = 16 * 1024 * 1024;

/** The deepest nesting. The API server's objects have fewer than 100 levels. */
const MAX_DEPTH = 500;

/**
 * The most values that all aliases of a text may add. A few hundred bytes of aliases of aliases would
 * otherwise become gigabytes.
 */
const MAX_ALIASED_VALUES = 100_000;

/** RFC 4648, without the line breaks that YAML allows in it. */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * kubectl reads YAML 1.1, where an unquoted yes is a boolean, but it keeps timestamps and numbers such as
 * 22:22 as strings, knows no sets and ordered maps, and decodes binary values to text.
 */
function kubectlTags(tags: Tags): Tags {
  const removed = ['timestamp', 'set', 'omap', 'pairs', 'binary'].map((name) => `tag:yaml.org,2002:${name}`);
  return [
    ...tags.filter(
      (tag) => typeof tag === 'string' || (!removed.includes(tag.tag) && (tag as ScalarTag).format !== 'TIME'),
    ),
    binaryAsText,
  ];
}

const binaryAsText: ScalarTag = {
  tag: 'tag:yaml.org,2002:binary',
  resolve(text, onError) {
    if (!BASE64.test(text.replace(/\s/g, ''))) onError('!!binary has characters that are not base64');
    return Buffer.from(text, 'base64').toString('utf8');
  },
};

/**
 * The documents of a text; null for an empty one. No two values share an object.
 *
 * @throws {YamlError} for the first problem.
 */
export function parseYaml(text: string): unknown[] {
  return parseJson(text) ?? [...composeDocuments(text)].map(({ document, lines }) => convert(document, lines));
}

/** JSON is parsed a hundred times faster as JSON. Undefined if it is not JSON, or too deep. */
function parseJson(text: string): unknown[] | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isWithinDepth(value, MAX_DEPTH) ? [value] : undefined;
  } catch {
    // It can be YAML in flow style, and the YAML parser has the position of a problem.
    return undefined;
  }
}

function isWithinDepth(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((child) => isWithinDepth(child, depth - 1));
}

function* composeDocuments(text: string): Generator<{ document: Document; lines: LineCounter }> {
  if (text.length > MAX_YAML_LENGTH)
    throw new YamlError('YAML of more than 16 MiB; pass fewer objects, or JSON (kubectl get -o json)', {
      line: 1,
      col: 1,
    });
  const lines = new LineCounter();
  // The library compares each key of a map with all others. `convert` checks them in linear time.
  const composer = new Composer({
    version: '1.1',
    customTags: kubectlTags,
    uniqueKeys: false,
    // Otherwise a tag such as !!binary would bring the library's own type back.
    resolveKnownTags: false,
    prettyErrors: false,
  });
  for (const document of composer.compose(tokensOf(text, lines), false, text.length)) {
    const [problem] = document.errors;
    if (problem) throw new YamlError(problem.message.split('\n')[0] ?? 'invalid YAML', lines.linePos(problem.pos[0]));
    yield { document, lines };
  }
}

function* tokensOf(text: string, lines: LineCounter) {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > MAX_DEPTH) throw tooDeep(parser.offset, lines);
  }
  yield* parser.end();
}

function tooDeep(offset: number, lines: LineCounter): YamlError {
  return new YamlError(`values are nested more than ${MAX_DEPTH} levels deep`, lines.linePos(offset));
}

interface Conversion {
  readonly lines: LineCounter;
  readonly anchors: Map<string, Node>;
  /** The node of each alias that was converted: an anchor can be defined again later. */
  readonly targets: Map<Alias, Node>;
  /** The nodes that are being converted, from the outermost one. */
  readonly open: Set<Node>;
  aliasedValues: number;
  /** How many aliases lead to the current node. */
  aliasDepth: number;
}

function convert(document: Document, lines: LineCounter): unknown {
  return convertNode(document.contents, {
    lines,
    anchors: new Map(),
    targets: new Map(),
    open: new Set(),
    aliasedValues: 0,
    aliasDepth: 0,
  });
}

function convertNode(node: unknown, state: Conversion): unknown {
  if (isAlias(node)) return convertAlias(node, state);
  if (!isScalar(node) && !isMap(node) && !isSeq(node)) return null;
  if (node.anchor !== undefined && state.aliasDepth === 0) state.anchors.set(node.anchor, node);
  if (state.aliasDepth > 0 && ++state.aliasedValues > MAX_ALIASED_VALUES)
    throw problemAt(
      node,
      `aliases add more than ${MAX_ALIASED_VALUES} values; write the values without aliases`,
      state,
    );
  if (isScalar(node)) return node.value;
  if (state.open.size >= MAX_DEPTH) throw tooDeep(node.range?.[0] ?? 0, state.lines);
  state.open.add(node);
  const value = isMap(node) ? convertMap(node, state) : node.items.map((item) => convertNode(item, state));
  state.open.delete(node);
  return value;
}

function convertAlias(alias: Alias, state: Conversion): unknown {
  const target = state.targets.get(alias) ?? state.anchors.get(alias.source);
  if (!target) throw problemAt(alias, `the alias *${alias.source} has no anchor`, state);
  if (state.open.has(target)) throw problemAt(alias, `the alias *${alias.source} is inside of its own anchor`, state);
  state.targets.set(alias, target);
  state.aliasDepth += 1;
  const value = convertNode(target, state);
  state.aliasDepth -= 1;
  return value;
}

function convertMap(map: YAMLMap, state: Conversion): Record<string, unknown> {
  const explicit: Record<string, unknown> = {};
  const merged: Record<string, unknown>[] = [];
  for (const pair of map.items) {
    if (isMergeKey(pair)) merged.push(...mapsToMerge(pair, state));
    else {
      const key = keyOf(pair, state);
      if (Object.hasOwn(explicit, key)) throw problemAt(pair.key, 'Map keys must be unique', state);
      setOwn(explicit, key, convertNode(pair.value, state));
    }
  }
  for (const other of merged) {
    for (const [key, value] of Object.entries(other)) if (!Object.hasOwn(explicit, key)) setOwn(explicit, key, value);
  }
  return explicit;
}

/** `<<` without quotes. */
function isMergeKey({ key }: Pair): boolean {
  if (!isScalar(key)) return false;
  return typeof key.value === 'symbol' || (key.value === '<<' && (key.type ?? 'PLAIN') === 'PLAIN');
}

function mapsToMerge({ key, value }: Pair, state: Conversion): Record<string, unknown>[] {
  const converted = convertNode(value, state);
  const maps = Array.isArray(converted) ? converted : [converted];
  if (maps.every(isObject)) return maps as Record<string, unknown>[];
  throw problemAt(key, '<< merges only maps and lists of maps', state);
}

function keyOf({ key }: Pair, state: Conversion): string {
  const value = convertNode(key, state);
  if (typeof value === 'object' && value !== null)
    throw problemAt(key, 'the key of a map is a map or a list; write a string', state);
  return value === null ? '' : String(value);
}

/** Also for `__proto__`, which an assignment would not make a key. */
function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

function problemAt(node: unknown, message: string, { lines }: Conversion): YamlError {
  return new YamlError(message, lines.linePos((node as Node | null)?.range?.[0] ?? 0));
}
