// The schema of static annotations, in a module of its own so that zod is loaded only if there are any.

import * as z from 'zod/mini';

const entries = z.array(
  z.strictObject({
    namespace: z.string().check(z.minLength(1)),
    /** Undefined: the annotations of the namespace itself. */
    serviceAccount: z.optional(z.string().check(z.minLength(1))),
    annotations: z.record(z.string(), z.string()),
  }),
);

export type StaticEntry = z.infer<typeof entries>[number];

/** The entries, or the path of the first invalid field. */
export function checkEntries(list: unknown): { readonly entries: readonly StaticEntry[] } | { readonly at: string } {
  const parsed = entries.safeParse(list);
  if (parsed.success) return { entries: parsed.data };
  const issue = parsed.error.issues[0];
  const keys = issue?.code === 'unrecognized_keys' ? issue.keys : [];
  return { at: [...(issue?.path ?? []), ...keys.slice(0, 1)].join('.') || 'the list' };
}
