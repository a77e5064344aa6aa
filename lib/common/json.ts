// Parses JSON, and reads parsed values whose form is not known yet.

/** The parsed text; undefined if it is not JSON, which every schema rejects like any other invalid value. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own field of an object, or an item of a list. Undefined for an inherited field: it was not sent. */
export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

export function isString(value: unknown): value is string {
  return typeof value === 'string';
}
