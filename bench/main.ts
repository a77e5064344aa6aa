// `npm run bench`: everything that has a goal, side by side in one run. Prints; asserts nothing.

import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { CwiiError } from '../lib/common/errors.ts';
import { packageFile } from '../lib/common/package-root.ts';
import { measureSize } from './bundle-size.ts';
import { measureBursts } from './burst.ts';
import { type BenchCluster, startBenchCluster } from './cluster.ts';
import { measureColdStart } from './cold-start.ts';
import { measureDistance, measureDistances } from './distance.ts';
import { plot } from './plot.ts';
import { asText, describeMachine, writeDocs } from './report.ts';
import type { Row } from './row.ts';
import { measureServed } from './served.ts';
import { type AskedTarget, ask, servedReview } from './target.ts';
import { measureGrowth, measureMemory, measureWarm } from './warm.ts';

interface Options {
  readonly quick?: true;
  readonly json?: true;
  readonly rows?: string;
  readonly target: readonly string[];
  readonly targetCa?: readonly string[];
  readonly insecure?: true;
  readonly writeDocs?: true;
}

/** @param share of the usual number of rounds. */
type Measure = (cluster: BenchCluster, share: number, targets: readonly AskedTarget[]) => Row[] | Promise<Row[]>;

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
  .option(
    '--target <url...>',
    'also put other webhooks under the load of `served`: their whole HTTPS addresses',
    parseTarget,
    [],
  )
  .option('--target-ca <file...>', "PEM files of the targets' certificate authorities")
  .option('--insecure', "take the targets' certificates as they are")
  .option('--json', 'print JSON')
  .addOption(new Option('--write-docs', 'fill docs/performance.md and draw its plot'))
  .parse();
const options = command.opts<Options>();

const chosen = options.rows?.split(',') ?? Object.keys(groups);
const unknown = chosen.find((name) => !Object.hasOwn(groups, name));
if (unknown !== undefined)
  command.error(`bench: no rows are called "${unknown}"; there are ${Object.keys(groups).join(', ')}`);
if (options.target.length > 0 && !chosen.includes('served'))
  command.error('bench: a --target is measured with the rows `served`, which --rows leaves out');
const share = options.quick ? 0.2 : 1;
const ca = options.targetCa?.map(readCa);

try {
  await measure();
} catch (error) {
  // A CwiiError is a sentence for whoever measures; anything else is a defect.
  if (!(error instanceof CwiiError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 1;
}

async function measure(): Promise<void> {
  const loadBefore = loadavg();
  await using cluster = await startBenchCluster();
  const targets = await askTargets(cluster);
  const rows: Row[] = [];
  for (const name of chosen) {
    process.stderr.write(`bench: ${name}\n`);
    rows.push(...((await groups[name]?.(cluster, share, targets)) ?? []));
  }
  const machine = describeMachine(loadBefore);
  process.stdout.write(options.json ? `${JSON.stringify({ machine, rows }, null, 2)}\n` : asText(rows, machine));
  if (!options.writeDocs) return;
  process.stderr.write('bench: the plot\n');
  const points = await measureDistances(cluster, Math.ceil(25 * share));
  writeFileSync(packageFile('docs', 'latency-by-distance.svg'), plot(points));
  writeDocs(rows, machine, new Date().toISOString().slice(0, 10));
}

/** Before the minutes of measuring, so that a target that is down or does not inject is known at once. */
async function askTargets({ pod }: BenchCluster): Promise<AskedTarget[]> {
  const asked: AskedTarget[] = [];
  for (const url of options.target) {
    const target = await ask({ url, ...(ca && { ca }), insecure: options.insecure ?? false }, servedReview(pod));
    asked.push(target);
    if (target.outcome !== 'injects a token')
      process.stderr.write(
        `bench: ${url}: ${target.outcome}. Its work is not measured before ServiceAccount shop/checkout of its cluster has the annotations that it looks for\n`,
      );
  }
  return asked;
}

function parseTarget(value: string, others: readonly string[]): string[] {
  const url = URL.parse(value);
  if (url?.protocol !== 'https:') throw new InvalidArgumentError('It has to be a whole https:// address.');
  return [...others, value];
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return command.error(`bench: --target-ca ${file}: ${(error as Error).message}`);
  }
}
