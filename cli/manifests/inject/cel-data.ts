// Writes data as CEL: maps, lists and texts, with expressions in them.

import { celString } from '../cel.ts';

/** An expression among data. */
export class Cel {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export const cel = (text: string) => new Cel(text);

export type CelData = Cel | string | number | boolean | readonly CelData[] | { readonly [key: string]: CelData };

/**
 * The data as one expression. Maps and lists in CEL have values of one type, so each value in them is
 * converted to `dyn`.
 */
export function celData(data: CelData): string {
  if (data instanceof Cel) return data.text;
  if (typeof data === 'string') return celString(data);
  if (typeof data !== 'object') return String(data);
  if (Array.isArray(data)) return `[${writeAll(data).join(', ')}]`;
  const keys = Object.keys(data);
  const texts = writeAll(Object.values(data as { readonly [key: string]: CelData }));
  const entries = keys.map((key, index) => `${celString(key)}: ${texts[index]}`);
  const line = `{${entries.join(', ')}}`;
  return line.length <= LONGEST_LINE ? line : `{\n${indented(entries.join(',\n'))}\n}`;
}

/** A map on one line is not longer. */
const LONGEST_LINE = 100;

function indented(text: string): string {
  return text.replace(/^/gm, '  ');
}

function writeAll(values: readonly CelData[]): string[] {
  const isText = (value: CelData) => typeof value === 'string';
  return values.every(isText) ? values.map(celData) : values.map((value) => `dyn(${celData(value)})`);
}

/** `body` with `name` for the value of an expression, which is evaluated once. CEL has no `let`. */
export function bind(name: string, expression: string, body: string): string {
  return `[${expression}].map(${name}, ${body})[0]`;
}
