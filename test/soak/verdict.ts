// What a soak has to show, and its table.

import { growthOf } from './growth.ts';
import type { Soaked } from './soak.ts';

const MB = 1024 * 1024;

/** In bytes over the whole time after the warm-up; of the process, what the allocator keeps comes on top. */
const MOST_HEAP_GROWTH = 4 * MB;
const MOST_RSS_GROWTH = 40 * MB;
/** Shorter than this, the warm-up is most of it. */
const SHORTEST_FOR_GROWTH = 5;
/** The API server keeps up to 25 idle connections a webhook; beside them the listener and one connection to the cluster. */
const MOST_SOCKETS = 30;
const MOST_TIMERS = 10;

/** What is wrong; empty where nothing is. */
export function problemsOf(soaked: Soaked, minutes: number): string[] {
  const { wrong, right, excused, samples, logged, connections } = soaked;
  const problems = wrong.length > 0 ? [`${wrong.length} answers were wrong, such as: ${wrong[0]}`] : [];
  if (logged < right + excused) problems.push(`${right + excused} admissions, but only ${logged} of them in the log`);
  const last = samples.at(-1);
  if (!last) return [...problems, 'nothing was measured'];
  if (last.sockets > MOST_SOCKETS) problems.push(`${last.sockets} sockets are still open`);
  if (last.timers > MOST_TIMERS) problems.push(`${last.timers} timers still run`);
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
    ['failed as a fault excuses', String(excused)],
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
