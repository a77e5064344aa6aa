// Deadline: a time limit on the monotonic clock, with an AbortSignal for the work that it limits.

import { CwiiError } from './errors.ts';

export class DeadlineExceededError extends CwiiError {
  override name = 'DeadlineExceededError';

  constructor() {
    super('deadline-exceeded', 'the deadline was exceeded');
  }
}

/**
 * A time limit that starts at construction. It uses the monotonic clock, so that setting the system clock
 * neither extends nor shortens it. Dispose of it when the work is done: its timer keeps the process alive.
 */
export class Deadline implements Disposable {
  readonly #end: number;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param milliseconds from now; a limit of 0 or less is exceeded at once. */
  constructor(milliseconds: number) {
    this.#end = performance.now() + milliseconds;
  }

  /**
   * A signal that aborts with a DeadlineExceededError when the time is over. The first call starts the timer;
   * every call returns the same signal.
   */
  abortSignal(): AbortSignal {
    this.#controller ??= this.#start();
    return this.#controller.signal;
  }

  #start(): AbortController {
    const controller = new AbortController();
    const abort = () => controller.abort(new DeadlineExceededError());
    const remaining = this.remaining();
    if (remaining === 0) abort();
    else this.#timer = setTimeout(abort, remaining);
    return controller;
  }

  /** Milliseconds left; never negative. */
  remaining(): number {
    return Math.max(0, this.#end - performance.now());
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

/**
 * Settles as `work` does, or rejects with the signal's reason if the signal aborts first. The work itself
 * continues, because other callers may be waiting for it.
 */
export function abortable<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
