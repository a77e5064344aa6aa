// JSON that others wrote: parsed, and checked in place. That copies nothing, and loads no library on the cold path.

/** The parsed text; undefined where it is no JSON, which every schema refuses as one more wrong value. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export type Raw = Readonly<Record<string, unknown>>;
export type Check = (value: unknown) => boolean;

export function isObject(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isString(value: unknown): value is string {
  return typeof value === 'string';
}

export function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

/** Absent or null, as Go writes what is empty, or what is wanted. */
export function isOptional(value: unknown, check: Check): boolean {
  return value === undefined || value === null || check(value);
}

/** A string, if anything. */
export function isText(value: unknown): value is string | null | undefined {
  return isOptional(value, isString);
}

/** A list, if anything, each item of which passes. */
export function isList(value: unknown, check: Check): boolean {
  return isOptional(value, (list) => Array.isArray(list) && list.every(check));
}

/** A map of strings, if anything. */
export function isTextMap(value: unknown): value is Readonly<Record<string, string>> | null | undefined {
  return isOptional(value, (map) => isObject(map) && Object.values(map).every(isString));
}
