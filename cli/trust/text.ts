// Texts in the languages of the outputs: strings and blocks of HCL, strings of TypeScript.

import type { ServiceAccountName } from './identities.ts';

/** A string of HCL, without the template sequences `${` and `%{`. */
export function hclString(text: string): string {
  return JSON.stringify(text).replaceAll(/[$%](?=\{)/g, (sign) => sign + sign);
}

export function hclList(texts: readonly string[]): string {
  return `[${texts.map(hclString).join(', ')}]`;
}

/** Attributes of one block, with their equals signs in one column as `terraform fmt` writes them. */
export function hclAttributes(attributes: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(...attributes.map(([name]) => name.length));
  return attributes.map(([name, value]) => `${name.padEnd(width)} = ${value}`);
}

/** A block of HCL. Empty lines stay empty. */
export function hclBlock(head: string, lines: readonly string[]): string[] {
  return [`${head} {`, ...lines.map((line) => (line === '' ? '' : `  ${line}`)), '}'];
}

/** An identifier of Terraform. It is unique, because a namespace has neither dots nor underscores. */
export function hclName({ namespace, name }: ServiceAccountName): string {
  const id = `${namespace}_${name}`.replaceAll('.', '_');
  return /^[a-z]/.test(id) ? id : `_${id}`;
}

/** A string of TypeScript, with single quotes. */
export function tsString(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
