// Retry policies for requests to the API server: backoff for background work, hedging for admissions.

import { setTimeout as pause } from 'node:timers/promises';
import { abortable, Deadline } from '../../common/deadline.ts';
import { ApiError } from './status.ts';

export interface AttemptLimits {
  /** Ends the attempt. */
  readonly signal: AbortSignal;
  /** Aborts when a second request is sent because this one has no answer yet. The attempt itself goes on. */
  readonly hedgeSignal?: AbortSignal | undefined;
}

/**
 * Sends a request once. It must not change the cluster, because it may be repeated. Rejects with an ApiError.
 */
export type Attempt<Value> = (limits: AttemptLimits) => Promise<Value>;

/** Runs the attempts of one request. */
export interface RetryPolicy {
  /** Attempts made so far. */
  readonly attempts: number;
  run<Value>(attempt: Attempt<Value>): Promise<Value>;
}

const MAX_ATTEMPTS = 3;

/**
 * The time for all attempts and pauses. Two requests in a row stay below the minute that a scheduled function
 * has.
 */
const TOTAL_MS = 20_000;

/**
 * The pause after the first attempt, doubled after the second, if the API server does not send Retry-After.
 */
const BACKOFF_MS = 200;

/** Background work: three attempts with backoff inside an overall deadline. */
export class BackoffRetry implements RetryPolicy {
  readonly #totalMs: number;
  attempts = 0;

  constructor(totalMs = TOTAL_MS) {
    this.#totalMs = totalMs;
  }

  /**
   * Runs attempts until one succeeds, or fails in a way that retrying does not help. A Retry-After (RFC 9110,
   * section 10.2.3) beyond the deadline ends the attempts at once.
   */
  async run<Value>(attempt: Attempt<Value>): Promise<Value> {
    using deadline = new Deadline(this.#totalMs);
    for (;;) {
      this.attempts++;
      const isLast = this.attempts === MAX_ATTEMPTS;
      try {
        // Half of the time left, so that a connection that died unnoticed does not use up all of it.
        return await runWithin(deadline.remaining() / (isLast ? 1 : 2), attempt);
      } catch (error) {
        if (isLast || !(error instanceof ApiError) || !error.retryable) throw error;
        const pauseMs = Math.max(BACKOFF_MS * this.attempts, error.retryAfterMs);
        if (pauseMs >= deadline.remaining()) throw error;
        await pause(pauseMs);
      }
    }
  }
}

/**
 * An attempt ends this long before the deadline, so that its error, which names the object, is the one
 * reported.
 */
const REPORT_MS = 50;

/**
 * A read that an admission waits for: at most two attempts before the deadline. If the first has no answer
 * after half of the time, a second request is sent on a new connection, and the first answer wins. If it
 * fails earlier, it is retried once, after the Retry-After of the API server.
 */
export class HedgedRetry implements RetryPolicy {
  readonly #deadline: Deadline;
  attempts = 0;

  constructor(deadline: Deadline) {
    this.#deadline = deadline;
  }

  async run<Value>(attempt: Attempt<Value>): Promise<Value> {
    using half = new Deadline(this.#deadline.remaining() / 2);
    const hedgeSignal = half.abortSignal();
    const first = this.#start(attempt, hedgeSignal);
    try {
      return await abortable(first, hedgeSignal);
    } catch (error) {
      const isLate = error === hedgeSignal.reason;
      // After a stall of the process, the time of the first is over as well, and its error names the cause.
      if (isLate && this.#deadline.remaining() === 0) return await first;
      if (!isLate) await this.#pauseBeforeRetry(error);
      const second = this.#start(attempt);
      if (!isLate) return await second;
      try {
        // The first request may be slow, or on a connection that died unnoticed.
        return await Promise.any([first, second]);
      } catch (failures) {
        throw failures instanceof AggregateError ? failures.errors[1] : failures;
      }
    }
  }

  #start<Value>(attempt: Attempt<Value>, hedgeSignal?: AbortSignal): Promise<Value> {
    this.attempts++;
    const remaining = this.#deadline.remaining();
    return runWithin(remaining - Math.min(REPORT_MS, remaining / 2), attempt, hedgeSignal);
  }

  /** @throws the error if another attempt is useless, or if there is no time for it. */
  async #pauseBeforeRetry(error: unknown): Promise<void> {
    if (!(error instanceof ApiError) || !error.retryable || this.#deadline.remaining() <= error.retryAfterMs)
      throw error;
    if (error.retryAfterMs > 0) await pause(error.retryAfterMs);
  }
}

async function runWithin<Value>(
  milliseconds: number,
  attempt: Attempt<Value>,
  hedgeSignal?: AbortSignal,
): Promise<Value> {
  using limit = new Deadline(milliseconds);
  return await attempt({ signal: limit.abortSignal(), hedgeSignal });
}
