// What all generated CEL expressions need: literals that no value can break out of.

/** A string literal of CEL. */
export function celString(text: string): string {
  const escaped = text.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `'${escaped}'`;
}

/** A list literal of strings. */
export function celList(texts: readonly string[]): string {
  return `[${texts.map(celString).join(', ')}]`;
}

/** A regular expression of ours as CEL's `matches` takes it (RE2): as text, with its flags inside. */
export function celPattern({ source, flags }: RegExp): string {
  return celString(`${flags === '' ? '' : `(?${flags})`}${source}`);
}
