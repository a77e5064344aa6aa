// The time limits of checks, and of the requests that they make: both follow --timeout.

/** The limit of most checks. */
const CHECK_MS = 5000;
/** A request ends before its check does, so that the report names the host that did not answer. */
const REQUEST_SHARE = 0.8;
/** Several requests end before their check does, but after a single one. */
const WORK_SHARE = 0.9;

export class TimeLimits {
  readonly #chosen: number | undefined;

  /** @param chosen milliseconds, in place of the usual limit of every check. */
  constructor(chosen?: number) {
    this.#chosen = chosen;
  }

  /** @param usual milliseconds without --timeout. */
  ofCheck(usual = CHECK_MS): number {
    return this.#chosen ?? usual;
  }

  /** @param usual the limit of the check that makes the request, without --timeout. */
  ofRequest(usual = CHECK_MS): number {
    return this.ofCheck(usual) * REQUEST_SHARE;
  }

  /** Ends the work of a check, so that it can still report what it knows. */
  signalFor(usual?: number): AbortSignal {
    return AbortSignal.timeout(this.ofCheck(usual) * WORK_SHARE);
  }
}

/** Such as `4 s`. */
export function seconds(milliseconds: number): string {
  return `${Number((milliseconds / 1000).toFixed(2))} s`;
}
