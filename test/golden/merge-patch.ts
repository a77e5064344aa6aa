// JSON Merge Patch (RFC 7396): applies one, and finds the one between two values.

export type JsonMap = Record<string, unknown>;

export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `change` merged onto `value`: maps key by key, everything else as a whole; null removes. */
export function mergePatch<T>(value: T, change: unknown): T {
  if (!isMap(change)) return change as T;
  const merged: JsonMap = isMap(value) ? { ...value } : {};
  for (const [key, item] of Object.entries(change)) {
    if (item === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], item);
  }
  return merged as T;
}

/** The patch that makes `to` of `from`; undefined where they are equal. */
export function patchBetween(from: unknown, to: unknown): unknown {
  if (!isMap(from) || !isMap(to)) return JSON.stringify(from) === JSON.stringify(to) ? undefined : to;
  const changes: JsonMap = {};
  for (const key of Object.keys(from)) if (!(key in to)) changes[key] = null;
  for (const [key, item] of Object.entries(to)) {
    const change = key in from ? patchBetween(from[key], item) : item;
    if (change !== undefined) changes[key] = change;
  }
  return Object.keys(changes).length > 0 ? changes : undefined;
}
