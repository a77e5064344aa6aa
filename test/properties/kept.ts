// Finds a field of the user's object that a patch lost: everything must still exist, in the same order.

/** Fields that the patch may set if they are null or absent. */
const FILLED = /^(metadata|annotations|volumes|initContainers|env|volumeMounts)$/;

/**
 * The first path where `after` lacks something of `before`; undefined if there is none. Lists may be longer.
 */
export function lost(before: unknown, after: unknown, path: readonly string[] = []): string | undefined {
  const here = `/${path.join('/')}`;
  if (/^\/metadata\/annotations\/cwii\.dev\/(injected|gcp-credentials|aws-config|kept-variables)$/.test(here))
    return undefined;
  if (before === null) return after === null || FILLED.test(path.at(-1) ?? '') ? undefined : here;
  if (typeof before !== 'object') return before === after ? undefined : here;
  if (typeof after !== 'object' || after === null || Array.isArray(before) !== Array.isArray(after)) return here;
  if (!Array.isArray(before) || !Array.isArray(after)) {
    return Object.entries(before)
      .map(([key, value]) => lost(value, ownValue(after, key), [...path, key]))
      .find((place) => place !== undefined);
  }
  let at = 0;
  for (const [index, item] of before.entries()) {
    while (at < after.length && lost(item, after[at], [...path, String(index)]) !== undefined) at++;
    if (at++ >= after.length) return `${here}/${index}`;
  }
  return undefined;
}

function ownValue(object: object, key: string): unknown {
  return Object.hasOwn(object, key) ? (object as Record<string, unknown>)[key] : undefined;
}
