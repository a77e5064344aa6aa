// The moment by which an answer must leave, and the signal that stops all work for it.

import { CwiiError } from './errors.ts';

/**
 * A span of time that begins at construction. It counts on the monotonic clock, so that a clock that is set in the
 * meantime neither stretches nor cuts it. Dispose of it when the answer is there: its timer keeps the process alive.
 */
export class Deadline implements Disposable {
  readonly #end: number;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  /** @param milliseconds how long from now; nothing or less is over at once. */
  constructor(milliseconds: number) {
    this.#end = performance.now() + milliseconds;
    const over = new CwiiError('deadline-exceeded', 'the webhook ran out of time');
    this.#timer = setTimeout(() => this.#controller.abort(over), Math.max(0, milliseconds));
  }

  /** Aborts with a CwiiError `deadline-exceeded` when the time is over. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Milliseconds left; never negative. */
  remaining(): number {
    return Math.max(0, this.#end - performance.now());
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
