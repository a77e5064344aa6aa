// Templates of services: texts with `{key}`, `{token}` and `{file}`.

/** Keys that every service has. */
export const STANDARD_KEYS = ['audience', 'inject', 'token-expiration', 'file'];

const PLACEHOLDER = /\{([a-z][a-z0-9-]*)\}/;

/** A text with placeholders, parsed once and filled for each pod. */
export interface Template {
  readonly placeholders: readonly string[];
  /** The text with values in place of placeholders; undefined if one of them has no value. */
  readonly fill: (lookUp: (placeholder: string) => string | undefined) => string | undefined;
}

export function parseTemplate(text: string): Template {
  // Literal texts and placeholders by turns.
  const [first = '', ...rest] = text.split(PLACEHOLDER);
  const placeholders = rest.filter((_, index) => index % 2 === 0);
  const literals = rest.filter((_, index) => index % 2 === 1);
  return {
    placeholders,
    fill(lookUp) {
      let filled = first;
      for (const [index, placeholder] of placeholders.entries()) {
        const value = lookUp(placeholder);
        if (value === undefined) return undefined;
        filled += value + literals[index];
      }
      return filled;
    },
  };
}

/** The audience of a pod that sets none of the keys in it; undefined if it must set one. */
export function audienceByDefault(
  audience: string | undefined,
  keys: Readonly<Record<string, { readonly default?: string | undefined }>>,
): string | undefined {
  return audience === undefined ? undefined : parseTemplate(audience).fill((key) => keys[key]?.default);
}

export function placeholdersIn(template: string): readonly string[] {
  return parseTemplate(template).placeholders;
}
