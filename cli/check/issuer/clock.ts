// Compares the clocks of this machine, the API server and the issuer's host, by the Date headers of answers.

import type { IncomingHttpHeaders } from 'node:http';
import { type Check, failed, type Outcome, passed, skipped, warning } from '../check.ts';
import { discovery } from './documents.ts';
import { signedToken } from './signed-token.ts';

interface Timed {
  readonly headers: IncomingHttpHeaders;
  readonly sentAt: number;
  readonly receivedAt: number;
}

/** How far a clock is ahead of this machine's: between these milliseconds. */
export interface Offset {
  readonly least: number;
  readonly most: number;
}

/** A smaller difference is not reported: a header has whole seconds, and requests take time. */
const VISIBLE_MS = 5000;
/** Clouds accept tokens from this far in the future at most; no cloud promises more. */
const TOLERATED_MS = 60_000;

export const clock: Check = {
  code: 'issuer-clock',
  needs: ['issuer-token'],
  run: async (context) => {
    const server = offsetOf((await context.fact(signedToken)).answer);
    const host = await context.fact(discovery).then(
      (fetched) => (fetched.state === 'answered' ? offsetOf(fetched.answer) : undefined),
      // Without network, or without an issuer: this machine's clock is compared with the API server's.
      () => undefined,
    );
    return judgeClocks(server, host);
  },
};

/**
 * Undefined without a Date header. A cache sends the Date of its origin, and the Age since then in seconds.
 */
export function offsetOf({ headers, sentAt, receivedAt }: Timed): Offset | undefined {
  const date = Date.parse(headers.date ?? '');
  if (Number.isNaN(date)) return undefined;
  const age = Number(headers.age ?? 0);
  const isCached = Number.isFinite(age) && age > 0;
  const earliest = date + (isCached ? age * 1000 : 0);
  // Each of the two numbers is cut to a whole second.
  const latest = earliest + (isCached ? 2000 : 1000);
  return { least: earliest - receivedAt, most: latest - sentAt };
}

/** @param host that of the issuer, whose clock stands for those of the clouds. */
export function judgeClocks(server: Offset | undefined, host: Offset | undefined): Outcome {
  if (!server) return skipped('the API server sends no Date header');
  const here = distance(server, { least: 0, most: 0 });
  if (!host)
    return Math.abs(here) <= VISIBLE_MS
      ? passed('API server and this machine')
      : warning(`the API server's clock is ${say(here)} this machine's`, SYNCHRONIZE);
  const ahead = distance(server, host);
  if (Math.abs(ahead) > TOLERATED_MS)
    return failed(
      `the API server's clock is ${say(ahead)} that of the issuer's host: clouds reject its tokens as ${ahead > 0 ? 'not yet valid' : 'expired too early'}`,
      SYNCHRONIZE,
    );
  if (Math.abs(ahead) > VISIBLE_MS)
    return warning(`the API server's clock is ${say(ahead)} that of the issuer's host`, SYNCHRONIZE);
  const own = distance({ least: 0, most: 0 }, host);
  return Math.abs(own) > VISIBLE_MS
    ? warning(
        `this machine's clock is ${say(own)} those of the API server and the issuer's host`,
        "synchronize this machine's clock (NTP); tokens are not affected",
      )
    : passed();
}

const SYNCHRONIZE = 'synchronize the clocks of the control plane nodes (NTP), and of this machine';

/** The smallest difference between two offsets that both intervals allow; positive if `one` is ahead. */
function distance(one: Offset, other: Offset): number {
  if (one.least > other.most) return one.least - other.most;
  if (other.least > one.most) return one.most - other.least;
  return 0;
}

function say(milliseconds: number): string {
  const seconds = Math.round(Math.abs(milliseconds) / 1000);
  const time = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  return `${time} ${milliseconds > 0 ? 'ahead of' : 'behind'}`;
}
