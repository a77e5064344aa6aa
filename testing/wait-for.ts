// Knows how a test waits for something the cluster does in its own time.
import { setTimeout as sleep } from 'node:timers/promises';

export type Unready = undefined | null | false;
export type Probe<T> = () => T | Unready | Promise<T | Unready>;

const pauseMs = 25;

/**
 * Probes until the answer is neither undefined, null nor false, and returns it. A probe that throws (a 404, say) counts
 * as not ready; should time run out, its last error is the cause. An error of `check` ends the waiting at once.
 */
export async function waitFor<T>(
  description: string,
  probe: Probe<T>,
  timeoutMs = 10_000,
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
      throw new Error(`waited ${timeoutMs} ms in vain for ${description}${reason}`, failure);
    }
    await sleep(pauseMs);
  }
}
