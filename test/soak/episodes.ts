// The faults of the soak test, one after another with pauses, and the failures that each of them excuses.

import { setTimeout as pause } from 'node:timers/promises';
import { faultCases, startFault, unreachable } from '../../testing/fault-table.ts';
import type { BrokenCluster } from '../chaos/broken-cluster.ts';

export interface Episode {
  readonly what: string;
  /** Date.now(). */
  readonly from: number;
  to: number;
  /** The messages of failed calls that it excuses; undefined if it excuses none. */
  readonly excuses: RegExp | undefined;
}

const REST_MS = 5_000;
const FAULT_MS = 2_000;
const FREEZE_MS = 1_000;

interface SoakFault {
  readonly what: string;
  readonly excuses?: RegExp;
  readonly run: (broken: BrokenCluster) => Promise<void>;
}

const tableFaults: SoakFault[] = faultCases.map((faultCase) => ({
  what: faultCase.what,
  excuses: patternOf([faultCase.said, ...(faultCase.saidUnderLoad ?? [])]),
  run: async (broken) => {
    await startFault(faultCase, broken);
    await pause(FAULT_MS);
    await broken.heal();
  },
}));

/** Events that must not fail any admission. */
const harmless: SoakFault[] = [
  {
    what: 'closes an idle connection',
    run: (broken) => broken.proxy.dropConnections(),
  },
  {
    what: 'goes silent on the open connection',
    run: async ({ link }) => link.silenceOpenConnections(),
  },
  {
    what: 'works, but the function is frozen for a second',
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

/** Matches the messages for any kind of object. Reads on the same connection may also have lost it. */
function patternOf(messages: readonly string[]): RegExp {
  const texts = [...messages, unreachable('CODE')].map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const any = texts.map((text) =>
    text
      .replaceAll('serviceaccounts', '[a-z]+')
      .replace('in v1', 'in [a-z1/]+')
      .replace('CODE', '(answer-cut-off|ECONN[A-Z]+)'),
  );
  return new RegExp(`(${any.join('|')})`);
}

/** Causes one fault after another until the signal, and ends without a fault. */
export async function causeFaults(broken: BrokenCluster, signal: AbortSignal, log: Episode[]): Promise<void> {
  const faults = [...harmless, ...tableFaults];
  for (let index = 0; ; index += 1) {
    await pause(REST_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    // Neighbours in the table, which are similar, do not follow each other.
    const { what, excuses, run } = faults[(index * 5) % faults.length] as SoakFault;
    const episode: Episode = { what, excuses, from: Date.now(), to: Number.POSITIVE_INFINITY };
    log.push(episode);
    await run(broken);
    episode.to = Date.now();
  }
}
