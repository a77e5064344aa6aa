// The faults of the soak, one after the other with rests between, and which failures each of them excuses.

import { setTimeout as pause } from 'node:timers/promises';
import { begin, faultCases } from '../../testing/fault-table.ts';
import type { BrokenCluster } from '../chaos/broken-cluster.ts';

export interface Episode {
  readonly what: string;
  /** Date.now(). */
  readonly from: number;
  to: number;
  /** What a failed call may say of it; undefined: it excuses none. */
  readonly said: RegExp | undefined;
}

const REST_MS = 5_000;
const FAULT_MS = 2_000;
const FREEZE_MS = 1_000;

interface Trouble {
  readonly what: string;
  readonly said?: RegExp;
  readonly run: (broken: BrokenCluster) => Promise<void>;
}

const ofTable: Trouble[] = faultCases.map((faultCase) => ({
  what: faultCase.what,
  said: excused([faultCase.said, ...(faultCase.saidInACrowd ?? [])]),
  run: async (broken) => {
    await begin(faultCase, broken);
    await pause(FAULT_MS);
    await broken.heal();
  },
}));

/** What the function gets over by itself: nobody may notice. */
const harmless: Trouble[] = [
  {
    what: 'closes the connection while nobody uses it',
    run: (broken) => broken.proxy.dropConnections(),
  },
  {
    what: 'loses the connection without a word',
    run: async ({ link }) => link.silenceOpenConnections(),
  },
  {
    what: 'is there, but the function is frozen for a second',
    run: async ({ webhook }) => {
      webhook.signal('SIGSTOP');
      try {
        await pause(FREEZE_MS);
      } finally {
        webhook.signal('SIGCONT');
      }
    },
  },
];

/** Whatever kind of object the table names; reads beside that one may have lost their connection to it. */
function excused(said: readonly string[]): RegExp {
  const texts = said.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const any = texts.map((text) => text.replaceAll('serviceaccounts', '[a-z]+').replace('in v1', 'in [a-z1/]+'));
  return new RegExp(`(${any.join('|')}|no connection to the API server \\((answer-cut-off|ECONN[A-Z]+)\\))`);
}

/** Makes trouble until the signal, and ends with everything as at the beginning. */
export async function makeTrouble(broken: BrokenCluster, signal: AbortSignal, log: Episode[]): Promise<void> {
  const troubles = [...harmless, ...ofTable];
  for (let index = 0; ; index += 1) {
    await pause(REST_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    // In an order in which neighbours of the table do not follow each other.
    const { what, said, run } = troubles[(index * 5) % troubles.length] as Trouble;
    const episode: Episode = { what, said, from: Date.now(), to: Number.POSITIVE_INFINITY };
    log.push(episode);
    await run(broken);
    episode.to = Date.now();
  }
}
