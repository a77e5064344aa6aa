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

export function startLoad(deployment: Deployment): { stop(): Promise<LoadResult> } {
  loads += 1;
  const load = loads;
  let stopped = false;
  async function run(): Promise<LoadResult> {
    const [failed, withoutIdentity]: [string[], string[]] = [[], []];
    let created = 0;
    for (; !stopped; created += 1) {
      const name = `load-${load}-${created}`;
      try {
        if (identityMark(await createPod(deployment, name)) !== 'aws') withoutIdentity.push(name);
      } catch (error) {
        failed.push((error as Error).message);
      }
      await sleep(pauseMs);
    }
    return { created, failed, withoutIdentity };
  }
  const result = run();
  return {
    stop: () => {
      stopped = true;
      return result;
    },
  };
}
