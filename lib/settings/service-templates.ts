// Templates of services: texts with `{key}`, `{token}` and `{file}`.

/** Keys that every service has. */
export const STANDARD_KEYS = ['audience', 'inject', 'token-expiration', 'file'];

const PLACEHOLDER = /\{([a-z][a-z0-9-]*)\}/g;

export function placeholdersIn(template: string): string[] {
  return [...template.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
}

/** The text with values in place of placeholders; undefined if one of them has no value. */
export function fill(template: string, values: Readonly<Record<string, string | undefined>>): string | undefined {
  const read = (name: string) => (Object.hasOwn(values, name) ? values[name] : undefined);
  const missing = placeholdersIn(template).some((name) => read(name) === undefined);
  return missing ? undefined : template.replace(PLACEHOLDER, (_, name: string) => read(name) ?? '');
}
