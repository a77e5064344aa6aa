// The webhook's URL as this machine reaches it: one request without a secret, which several checks judge.

import { Skipped } from '../check.ts';
import type { Fact } from '../context.ts';
import type { WebAnswer } from '../web-client.ts';
import { registeredCa, registeredUrl } from './registration.ts';

export type Endpoint =
  | { readonly state: 'unreachable'; readonly reason: string }
  | { readonly state: 'answered'; readonly answer: WebAnswer };

/** GET /healthz, whatever the certificate is. */
export const endpoint: Fact<Endpoint> = async (context) => {
  const [url, ca] = [await registeredUrl(context), await registeredCa(context)];
  try {
    const answer = await context.web.send(new URL('/healthz', url), { ca, anyCertificate: true });
    return { state: 'answered', answer };
  } catch (error) {
    if (error instanceof Skipped) throw error;
    return { state: 'unreachable', reason: reasonOf(error as NodeJS.ErrnoException) };
  }
};

/** The network error without the path of the request. */
export function reasonOf({ message, code }: NodeJS.ErrnoException): string {
  return code !== undefined && !message.includes(code) ? `${message} (${code})` : message;
}
