// How a golden case's file is written: keys in their order, long texts folded, small maps on one line.

import {
  type Document,
  isMap,
  isPair,
  isScalar,
  type Node,
  parseDocument,
  Scalar,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { KEYS } from './schema.ts';

/** The longest line, the longest text that is not folded, and the longest map on one line. */
const WIDTH = 110;
const SENTENCE = 96;
const SMALL = 80;

/** `value` as a node of a case's file. */
export function nodeOf(document: Document, value: unknown): Node {
  const node = document.createNode(value) as Node;
  visit(node, {
    Collection: (_, collection) => void layOut(collection as YAMLMap | YAMLSeq),
    Scalar: (key, scalar) => void (key !== 'key' && layOutText(scalar)),
  });
  return node;
}

/** The text of a file as it is written: what `--update` makes of it. */
export function formatted(text: string): string {
  return textOf(parseDocument(text));
}

export function textOf(document: Document): string {
  if (isMap(document.contents)) {
    inOrder(document.contents);
    const rows = document.contents.get('cases');
    if (isMap(rows)) for (const { value } of rows.items) if (isMap(value)) inOrder(value);
  }
  return document.toString({ lineWidth: WIDTH });
}

function inOrder(map: YAMLMap): void {
  const place = (pair: unknown) => (isPair(pair) && isScalar(pair.key) ? KEYS.indexOf(String(pair.key.value)) : -1);
  map.items.sort((a, b) => place(a) - place(b));
}

function layOut(collection: YAMLMap | YAMLSeq): void {
  const value: unknown = collection.toJSON();
  const values = leaves(value);
  const isShallow = Array.isArray(value) && value.every((item) => leaves(item)[0] === item);
  const isSmall = isShallow || values.length <= 2 || values.every((leaf) => typeof leaf === 'object');
  collection.flow = isSmall && JSON.stringify(value).length <= SMALL;
}

/** The texts, numbers and empty collections in a value. */
function leaves(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [value];
  const items = Object.values(value);
  return items.length === 0 ? [value] : items.flatMap(leaves);
}

/** Folds a sentence that is long or would need quotes, and quotes a word that could be misread. */
function layOutText(scalar: Scalar): void {
  const text = scalar.value;
  if (typeof text !== 'string') return;
  // The lines of a file.
  if (/^\S.*\n$/s.test(text)) scalar.type = Scalar.BLOCK_LITERAL;
  else if (/^\s|\s$|^(yes|no|on|off)$/i.test(text)) scalar.type = Scalar.QUOTE_DOUBLE;
  else if (/\S \S+ \S/.test(text) && !text.includes('\n') && (text.length > SENTENCE || /^["'`*&!%@]|: | #/.test(text)))
    scalar.type = Scalar.BLOCK_FOLDED;
}
