// The webhook's URL as this machine reaches it: one request without a secret, which several checks judge.

import { Skipped } from '../check.ts';
import type { Fact } from '../context.ts';
import type { WebAnswer } from '../web-client.ts';
import { registeredCa, registeredUrl } from './registration.ts';

export type Endpoint =
  | { readonly state: 'unreachable'; readonly reason: string }
  | { readonly state: 'answered'; readonly answer: WebAnswer };

const TIMEOUT_MS = 4000;

/** GET /healthz, whatever the certificate is. */
export const endpoint: Fact<Endpoint> = async (context) => {
  const [url, ca] = [await registeredUrl(context), await registeredCa(context)];
  try {
    const options = { ca, anyCertificate: true, signal: AbortSignal.timeout(TIMEOUT_MS) };
    const answer = await context.web.send(new URL('/healthz', url), options);
    return { state: 'answered', answer };
  } catch (error) {
    if (error instanceof Skipped) throw error;
    return { state: 'unreachable', reason: reasonOf(error as NodeJS.ErrnoException) };
  }
};

/** The network error without the path of the request. */
export function reasonOf({ name, message, code }: NodeJS.ErrnoException): string {
  if (name === 'AbortError' || name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`;
  return code !== undefined && !message.includes(code) ? `${message} (${code})` : message;
}
