// Literals for generated CEL expressions, escaped so that no value can change the expression.

/** A string literal. */
export function celString(text: string): string {
  const escaped = text.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `'${escaped}'`;
}

/** A list literal of strings. */
export function celList(texts: readonly string[]): string {
  return `[${texts.map(celString).join(', ')}]`;
}

/** A regular expression for CEL's `matches` (RE2), as a string with inline flags. */
export function celPattern({ source, flags }: RegExp): string {
  return celString(`${flags === '' ? '' : `(?${flags})`}${source}`);
}
