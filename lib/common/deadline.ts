// The moment by which an answer must leave, and the signal that stops all work for it.

import { CwiiError } from './errors.ts';

/**
 * A span of time that begins at construction. It counts on the monotonic clock, so that a clock that is set
 * in the meantime neither stretches nor cuts it. Dispose of it when the answer is there: its timer keeps the
 * process alive.
 */
export class Deadline implements Disposable {
  readonly #end: number;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param milliseconds how long from now; nothing or less is over at once. */
  constructor(milliseconds: number) {
    this.#end = performance.now() + milliseconds;
  }

  /**
   * Aborts with a CwiiError `deadline-exceeded` when the time is over. Made when it is first asked for: an
   * admission whose objects are all remembered waits for nothing, and needs neither timer nor signal.
   */
  abortSignal(): AbortSignal {
    this.#controller ??= this.#start();
    return this.#controller.signal;
  }

  #start(): AbortController {
    const controller = new AbortController();
    const end = () => controller.abort(new CwiiError('deadline-exceeded', 'the webhook ran out of time'));
    const remaining = this.remaining();
    if (remaining === 0) end();
    else this.#timer = setTimeout(end, remaining);
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
 * Settles as `work` does, or rejects with the signal's reason if that comes first. The work goes on: other
 * callers may wait for it too.
 */
export function abortable<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
