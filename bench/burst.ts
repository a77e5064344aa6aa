// Measures the reads for 200 pods of one Deployment at once, in sandboxes that handle one request at a time.

import type { BenchCluster } from './cluster.ts';
import { admit, loadHandler, quietly } from './function.ts';
import { atMost, type Row } from './row.ts';

const PODS = 200;
const SANDBOXES = [1, 10, 50];

/** A sandbox is a copy of the function in this process with its own connection and cache. */
export async function measureBursts({ pod, near, paths }: BenchCluster): Promise<Row[]> {
  const rows: Row[] = [];
  for (const sandboxes of SANDBOXES) {
    const runs = await Promise.all(
      Array.from({ length: sandboxes }, async () => admit(await loadHandler(near.env), pod)),
    );
    const lines: string[] = [];
    const began = performance.now();
    await quietly(async () => {
      let left = PODS;
      // Each sandbox takes the next pod as soon as it is free.
      await Promise.all(
        runs.map(async (run) => {
          while (left-- > 0) await run();
        }),
      );
    }, lines);
    const milliseconds = performance.now() - began;
    const reads = lines.reduce((sum, line) => sum + (JSON.parse(line).reads ?? 0), 0);
    const load = `${(milliseconds / 1000).toFixed(2)} s, ${Math.round((reads / milliseconds) * 1000)} reads per second`;
    rows.push({
      work: `burst: ${PODS} pods over ${sandboxes} sandbox${sandboxes === 1 ? '' : 'es'} (${load})`,
      figure: reads,
      unit: 'reads',
      goals: [atMost('per sandbox', reads / sandboxes, paths.length, 'reads')],
    });
  }
  return rows;
}
