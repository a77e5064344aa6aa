// Waits until a probe succeeds, for what a cluster or a program does in the background.

import { setTimeout as sleep } from 'node:timers/promises';

export type Unready = undefined | null | false;
export type Probe<T> = () => T | Unready | Promise<T | Unready>;

const pauseMs = 25;

/**
 * Probes until the result is not undefined, null or false, and returns it. A probe that throws (such as on a
 * 404) is not ready yet; after the timeout its last error is the cause. An error of `check` ends the wait.
 */
export async function waitFor<T>(
  description: string,
  probe: Probe<T>,
  timeoutMs = 60_000,
  check?: () => void,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    check?.();
    let failure: { readonly cause: unknown } | undefined;
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== null && answer !== false) return answer;
    } catch (cause) {
      failure = { cause };
    }
    if (performance.now() >= deadline) {
      const reason = failure ? `: ${failure.cause instanceof Error ? failure.cause.message : failure.cause}` : '';
      throw new Error(`timed out after ${timeoutMs} ms while waiting for ${description}${reason}`, failure);
    }
    await sleep(pauseMs);
  }
}
