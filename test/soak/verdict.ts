// Finds the problems of a soak test, and prints its table.

import { growthOf } from './growth.ts';
import type { Soaked } from './soak.ts';

const MB = 1024 * 1024;

/**
 * Bytes over the whole time after the warm-up. The process may grow more, because the allocator keeps memory.
 */
const MOST_HEAP_GROWTH = 4 * MB;
const MOST_RSS_GROWTH = 40 * MB;
/** In minutes; the warm-up is most of a shorter run. */
const SHORTEST_FOR_GROWTH = 5;
/**
 * Up to 25 idle connections of the API server, the listener, and a connection to the cluster.
 */
const MOST_SOCKETS = 30;
const MOST_TIMERS = 10;

/** @returns one sentence per problem. */
export function problemsOf(soaked: Soaked, minutes: number): string[] {
  const { wrong, right, excused, samples, logged, connections } = soaked;
  const problems = wrong.length > 0 ? [`${wrong.length} answers were wrong; the first one: ${wrong[0]}`] : [];
  if (logged < right + excused) problems.push(`only ${logged} of ${right + excused} admissions are in the log`);
  const last = samples.at(-1);
  if (!last) return [...problems, 'there are no samples'];
  if (last.sockets > MOST_SOCKETS) problems.push(`${last.sockets} sockets are still open`);
  if (last.timers > MOST_TIMERS) problems.push(`${last.timers} timers are still running`);
  if (connections > 2) problems.push(`${connections} connections to the API server are still open`);
  if (minutes < SHORTEST_FOR_GROWTH) return problems;
  const heap = growthOf(samples, ({ heapUsed }) => heapUsed).grown;
  const rss = growthOf(samples, (sample) => sample.rss).grown;
  if (heap > MOST_HEAP_GROWTH) problems.push(`the heap grew by ${mb(heap)}`);
  if (rss > MOST_RSS_GROWTH) problems.push(`the process grew by ${mb(rss)}`);
  return problems;
}

export function tableOf(soaked: Soaked, minutes: number): string {
  const { right, excused, wrong, kinds, episodes, calm, samples, logged, connections } = soaked;
  const heap = growthOf(samples, ({ heapUsed }) => heapUsed);
  const rss = growthOf(samples, (sample) => sample.rss);
  const last = samples.at(-1);
  const rows: [string, string][] = [
    ['minutes', String(minutes)],
    ['admissions', String(right + excused + wrong.length)],
    ['right', String(right)],
    ['failed, excused by a fault', String(excused)],
    ['wrong', String(wrong.length)],
    ['faults', `${episodes.length} of ${new Set(episodes.map(({ what }) => what)).size} kinds`],
    ['without a fault, p50 and p99', `${at(calm, 0.5)} and ${at(calm, 0.99)} ms`],
    ['heap after the warm-up, end, growth', `${mb(heap.first)}, ${mb(heap.last)}, ${mb(heap.grown)}`],
    ['RSS after the warm-up, end, growth', `${mb(rss.first)}, ${mb(rss.last)}, ${mb(rss.grown)}`],
    ['sockets and timers at the end', `${last?.sockets} and ${last?.timers}`],
    ['connections to the API server', String(connections)],
    ['log lines', String(logged)],
    ...Object.entries(kinds).map(([kind, count]): [string, string] => [`pods: ${kind}`, String(count)]),
  ];
  return rows.map(([what, value]) => `${what.padEnd(40)}${value}`).join('\n');
}

function at(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

function mb(bytes: number): string {
  return `${(bytes / MB).toFixed(1)} MB`;
}
