// Creates pods one after the other until it is stopped, as a cluster at work does.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment } from './deployment.ts';
import { createPod, identityMark } from './pods.ts';

export interface LoadResult {
  readonly created: number;
  /** The API server's messages about pods that it rejected. */
  readonly failed: readonly string[];
  /** The names of pods that have no identity. */
  readonly withoutIdentity: readonly string[];
}

const pauseMs = 200;
let loads = 0;

export interface Load {
  /** Waits until a pod is created whose creation began after this call. */
  nextPod(): Promise<void>;
  stop(): Promise<LoadResult>;
}

export function startLoad(deployment: Deployment): Load {
  loads += 1;
  const load = loads;
  let stopped = false;
  let attempts = 0;
  async function run(): Promise<LoadResult> {
    const [failed, withoutIdentity]: [string[], string[]] = [[], []];
    for (; !stopped; attempts += 1) {
      const name = `load-${load}-${attempts}`;
      try {
        if (identityMark(await createPod(deployment, name)) !== 'aws') withoutIdentity.push(name);
      } catch (error) {
        failed.push((error as Error).message);
      }
      await sleep(pauseMs);
    }
    return { created: attempts - failed.length, failed, withoutIdentity };
  }
  const result = run();
  return {
    nextPod: async () => {
      const before = attempts;
      // The first of them may have begun before this call.
      await deployment.cluster.waitFor('two pods', () => attempts >= before + 2, 600_000);
    },
    stop: () => {
      stopped = true;
      return result;
    },
  };
}
