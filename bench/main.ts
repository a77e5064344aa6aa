// `npm run bench`: everything that has a goal, side by side in one run. Prints; asserts nothing.

import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { Command, Option } from 'commander';
import { packageFile } from '../cli/package-root.ts';
import { measureSize } from './bundle-size.ts';
import { measureBursts } from './burst.ts';
import { type BenchCluster, startBenchCluster } from './cluster.ts';
import { measureColdStart } from './cold-start.ts';
import { measureDistance, measureDistances } from './distance.ts';
import { plot } from './plot.ts';
import { asText, describeMachine, writeDocs } from './report.ts';
import type { Row } from './row.ts';
import { measureServed, type Target } from './served.ts';
import { measureGrowth, measureMemory, measureWarm } from './warm.ts';

interface Options {
  readonly quick?: true;
  readonly json?: true;
  readonly rows?: string;
  readonly target: readonly string[];
  readonly targetCa?: string;
  readonly insecure?: true;
  readonly writeDocs?: true;
}

/** @param share of the usual number of rounds. */
type Measure = (cluster: BenchCluster, share: number, targets: readonly Target[]) => Row[] | Promise<Row[]>;

const groups: Readonly<Record<string, Measure>> = {
  size: measureSize,
  cold: (cluster, share) => measureColdStart(cluster, Math.ceil(21 * share)),
  warm: (cluster, share) => measureWarm(cluster, 4000 * share),
  growth: (cluster, share) => measureGrowth(cluster, 6000 * share),
  served: (cluster, share, targets) => measureServed(cluster, 800 * share, targets),
  uncached: (cluster, share) => measureDistance(cluster, Math.ceil(60 * share)),
  burst: measureBursts,
  memory: (cluster, share) => measureMemory(cluster, 100_000 * share),
};

const command = new Command('bench')
  .description('Measures the built function and prints one table. Needs Go, for the control plane that is read.')
  .option('--quick', 'a fifth of the rounds')
  .option('--rows <groups>', `only these, comma-separated: ${Object.keys(groups).join(', ')}`)
  .option('--target <url...>', 'also put another webhook under the load of `served`: its whole HTTPS address', [])
  .option('--target-ca <file>', "PEM file of the targets' certificate authority")
  .option('--insecure', "take the targets' certificates as they are")
  .option('--json', 'print JSON')
  .addOption(new Option('--write-docs', 'fill docs/performance.md and draw its plot'))
  .parse();
const options = command.opts<Options>();

const chosen = options.rows?.split(',') ?? Object.keys(groups);
const unknown = chosen.find((name) => !Object.hasOwn(groups, name));
if (unknown !== undefined)
  command.error(`bench: no rows are called "${unknown}"; there are ${Object.keys(groups).join(', ')}`);
const share = options.quick ? 0.2 : 1;
const targets = options.target.map((url) => ({
  url,
  ...(options.targetCa !== undefined && { ca: options.targetCa }),
  insecure: options.insecure ?? false,
}));

const loadBefore = loadavg();
await using cluster = await startBenchCluster();
const rows: Row[] = [];
for (const name of chosen) {
  process.stderr.write(`bench: ${name}\n`);
  rows.push(...((await groups[name]?.(cluster, share, targets)) ?? []));
}
const machine = describeMachine(loadBefore);
process.stdout.write(options.json ? `${JSON.stringify({ machine, rows }, null, 2)}\n` : asText(rows, machine));
if (options.writeDocs) {
  process.stderr.write('bench: the plot\n');
  const points = await measureDistances(cluster, Math.ceil(25 * share));
  writeFileSync(packageFile('docs', 'latency-by-distance.svg'), plot(points));
  writeDocs(rows, machine, new Date().toISOString().slice(0, 10));
}
