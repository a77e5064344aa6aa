// The keys of cwii.yaml as rows of a table, from the schema that checks them.

import { parse } from 'yaml';
import { z } from 'zod';
import { fileSchema } from '../cluster-file/schema.ts';

/** The keywords of a JSON Schema (2020-12) that are read, and `byDefault`, which is ours. */
interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly byDefault?: string;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
}

/** Key, meaning, default and example of every key below `clusters[]`, in the schema's order. */
export function clusterFileRows(): string[][] {
  const { properties } = z.toJSONSchema(fileSchema, { io: 'input' }) as JsonSchema;
  const cluster = properties?.['clusters']?.items;
  return cluster ? rowsOf(cluster, '') : [];
}

function rowsOf(schema: JsonSchema, prefix: string): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, key]) => {
    const path = `${prefix}${name}`;
    const needed = schema.required?.includes(name) ?? false;
    const row = [`\`${path}\``, key.description ?? '', defaultOf(key, needed), exampleOf(key)];
    if (key.properties) return [row, ...rowsOf(key, `${path}.`)];
    return key.items?.properties ? [row, ...rowsOf(key.items, `${path}[].`)] : [row];
  });
}

function defaultOf({ default: value, byDefault, properties }: JsonSchema, needed: boolean): string {
  if (needed) return '**needed**';
  if (byDefault !== undefined) return byDefault;
  return value === undefined || properties ? '' : code(value);
}

function exampleOf({ examples, enum: choices, const: only, type }: JsonSchema): string {
  if (examples?.[0] !== undefined) return code(examples[0]);
  if (choices) return choices.map(code).join(' or ');
  if (only !== undefined) return code(only);
  return type === 'boolean' ? code(true) : '';
}

function code(value: unknown): string {
  // A text that YAML reads as a number needs quotes.
  const isPlain = typeof value === 'string' && typeof parse(value) === 'string';
  return `\`${isPlain ? value : JSON.stringify(value)}\``;
}
