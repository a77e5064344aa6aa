// Parses JSON and checks parsed values in place, without a copy and without a library.

/** The parsed text; undefined if it is not JSON, which every schema rejects like any other invalid value. */
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

/** Absent, null (Go writes empty values as null), or a value that passes the check. */
export function isOptional(value: unknown, check: Check): boolean {
  return value === undefined || value === null || check(value);
}

/** A string, null or absent. */
export function isText(value: unknown): value is string | null | undefined {
  return isOptional(value, isString);
}

/** A list whose items pass the check, null or absent. */
export function isList(value: unknown, check: Check): boolean {
  return isOptional(value, (list) => Array.isArray(list) && list.every(check));
}

/** A map of strings, null or absent. */
export function isTextMap(value: unknown): value is Readonly<Record<string, string>> | null | undefined {
  return isOptional(value, (map) => isObject(map) && Object.values(map).every(isString));
}
