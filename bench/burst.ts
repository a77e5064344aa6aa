// Measures bursts of 200 pods of one Deployment: near and far, with and without a cache, and their reads.

import type { Access, BenchCluster } from './cluster.ts';
import { admit, loadHandler, quietly } from './function.ts';
import { atMost, type Row, summarize } from './row.ts';

const PODS = 200;
const AWAY_MS = 20;
const SANDBOXES = [1, 10, 50];
/** CWII_CACHE_SECONDS: the default, and what a cache would save. */
const CACHES = [0, 2];

interface Burst {
  readonly workers: number;
  /** Whether the workers share one process, as in `cwii serve`, or are sandboxes of their own. */
  readonly shared: boolean;
  readonly cacheSeconds: number;
}

export async function measureBursts(cluster: BenchCluster): Promise<Row[]> {
  const places: [string, Access][] = [
    ['on the same machine', cluster.near],
    [`${AWAY_MS} ms away`, await cluster.at(AWAY_MS)],
  ];
  const rows: Row[] = [];
  for (const [place, access] of places) {
    for (const cacheSeconds of CACHES) {
      for (const workers of SANDBOXES)
        rows.push(await measure(cluster, access, place, { workers, shared: false, cacheSeconds }));
      rows.push(await measure(cluster, access, place, { workers: PODS, shared: true, cacheSeconds }));
    }
  }
  return rows;
}

async function measure(
  { pod, paths }: BenchCluster,
  access: Access,
  place: string,
  { workers, shared, cacheSeconds }: Burst,
): Promise<Row> {
  const env = { ...access.env, CWII_CACHE_SECONDS: String(cacheSeconds) };
  const load = async () => admit(await loadHandler(env), pod);
  const runs = shared
    ? Array(workers).fill(await load())
    : await Promise.all(Array.from({ length: workers }, () => load()));
  const lines: string[] = [];
  const times: number[] = [];
  const began = performance.now();
  await quietly(async () => {
    let left = PODS;
    // Each worker takes the next pod as soon as it is free.
    await Promise.all(
      runs.map(async (run) => {
        while (left-- > 0) {
          const start = performance.now();
          await run();
          times.push(performance.now() - start);
        }
      }),
    );
  }, lines);
  const seconds = ((performance.now() - began) / 1000).toFixed(2);
  const reads = lines.reduce((sum, line) => sum + (JSON.parse(line).reads ?? 0), 0);
  const who = shared ? `${workers} at once in one process` : `over ${workers} sandbox${workers === 1 ? '' : 'es'}`;
  const cache = cacheSeconds === 0 ? 'no cache' : `a cache of ${cacheSeconds} s`;
  const { p50, p99 } = summarize(times);
  return {
    work: `burst: ${PODS} pods ${who}, API server ${place}, ${cache} (${seconds} s, ${reads} reads)`,
    figure: p50,
    p99,
    unit: 'ms',
    goals: [atMost('per pod', reads / PODS, paths.length, 'reads')],
  };
}
