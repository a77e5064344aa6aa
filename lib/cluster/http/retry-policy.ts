// How a request for which no pod waits is made again: how often, after which pause, and until when.

import { setTimeout as pause } from 'node:timers/promises';
import { Deadline } from '../../common/deadline.ts';
import type { ConnectedAnswer } from './connection.ts';
import { retryAfterMs } from './transport.ts';

const TRIES = 3;
/** For all tries of a request and the pauses between them. Two in a row stay below the minute that a function has. */
const LONGEST_MS = 20_000;
/** Where the API server names none; twice as long before the last try. */
const PAUSE_MS = 200;

interface Patience {
  /** One try; it may change nothing in the cluster, because it can be made again. */
  readonly send: (signal: AbortSignal) => Promise<ConnectedAnswer>;
  /** Whether another try may help against this answer, besides 429 and 5xx. */
  readonly alsoAgain?: ((answer: ConnectedAnswer) => boolean) | undefined;
  readonly longestMs?: number | undefined;
}

/**
 * Tries until there is an answer that will stay, for as long as the time allows; a Retry-After (RFC 9110, section 10.2.3)
 * that goes beyond it ends the tries. Resolves to the last answer, whatever its status, or rejects with the last error.
 */
export async function patiently({ send, alsoAgain, longestMs = LONGEST_MS }: Patience): Promise<ConnectedAnswer> {
  using deadline = new Deadline(longestMs);
  for (let tries = 1; ; tries++) {
    const isLast = tries === TRIES;
    const outcome = await tryOnce(send, deadline.remaining() / (isLast ? 1 : 2));
    const pauseMs = Math.max(PAUSE_MS * tries, outcome.answer ? retryAfterMs(outcome.answer) : 0);
    if (isLast || pauseMs >= deadline.remaining() || !isPassing(outcome, alsoAgain)) {
      if (outcome.answer) return outcome.answer;
      throw outcome.error;
    }
    // Behind a load balancer a fresh connection can mean another, healthy API server.
    outcome.answer?.discardConnection();
    await pause(pauseMs);
  }
}

type Outcome =
  | { readonly answer: ConnectedAnswer; readonly error?: never }
  | { readonly answer?: never; readonly error: unknown };

/** Half of the time, or what there is of it: a connection that died unseen must not use it up. */
async function tryOnce(send: Patience['send'], milliseconds: number): Promise<Outcome> {
  using limit = new Deadline(milliseconds);
  try {
    return { answer: await send(limit.abortSignal()) };
  } catch (error) {
    return { error };
  }
}

function isPassing({ answer, error }: Outcome, alsoAgain: Patience['alsoAgain']): boolean {
  if (answer) return answer.status === 429 || answer.status >= 500 || alsoAgain?.(answer) === true;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code !== 'answer-too-large' && !code.startsWith('credential-');
}
