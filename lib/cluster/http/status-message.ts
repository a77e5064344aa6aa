// What the API server says in words: the message of a metav1.Status, as far as it belongs into a log line.

import * as z from 'zod/mini';
import { parseJson } from '../../common/json.ts';

/** In characters; the message repeats what was sent, and can be long. */
const LONGEST = 300;

const view = z.object({ kind: z.literal('Status'), message: z.string() });

/** The message, on one line; undefined where the body is of something else, such as a proxy's page. */
export function statusMessage(body: string): string | undefined {
  const { data } = view.safeParse(parseJson(body));
  return data?.message.replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST) || undefined;
}
