// The owner references of an object, as the API has them: what pods, and what is read for them, are followed by.

import * as z from 'zod/mini';

export const ownerReferencesView = z.nullish(
  z.array(
    z.object({
      apiVersion: z.string(),
      kind: z.string(),
      name: z.string(),
      uid: z.string(),
      controller: z.nullish(z.boolean()),
    }),
  ),
);
