// `npm run bench`: measures the function and prints a table with goals. A missed goal is not an error.

import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { CwiiError } from '../lib/common/errors.ts';
import { packageFile } from '../lib/common/package-root.ts';
import { measureSize } from './bundle-size.ts';
import { measureBursts } from './burst.ts';
import { type BenchCluster, startBenchCluster } from './cluster.ts';
import { measureColdStart } from './cold-start.ts';
import { measureCredentials } from './credentials.ts';
import { measureDistance, measureDistances } from './distance.ts';
import { measureIdentities } from './identities.ts';
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

/** @param share the share of the default number of rounds. */
type Measure = (cluster: BenchCluster, share: number, targets: readonly AskedTarget[]) => Row[] | Promise<Row[]>;

const groups: Readonly<Record<string, Measure>> = {
  size: measureSize,
  cold: (cluster, share) => measureColdStart(cluster, Math.ceil(21 * share)),
  credentials: (cluster, share) => measureCredentials(cluster, Math.ceil(21 * share)),
  warm: (cluster, share) => measureWarm(cluster, 4000 * share),
  growth: (cluster, share) => measureGrowth(cluster, 6000 * share),
  identities: (cluster, share) => measureIdentities(cluster, Math.ceil(4000 * share)),
  served: (cluster, share, targets) => measureServed(cluster, 800 * share, targets),
  uncached: (cluster, share) => measureDistance(cluster, Math.ceil(60 * share)),
  burst: measureBursts,
  memory: (cluster, share) => measureMemory(cluster, 100_000 * share),
};

const command = new Command('bench')
  .description('Measures the built function and prints one table. Needs Go for the control plane.')
  .option('--quick', 'a fifth of the rounds')
  .option('--rows <groups>', `only these, comma-separated: ${Object.keys(groups).join(', ')}`)
  .option(
    '--target <url...>',
    'also measure other webhooks in the rows `served`; their full https:// URLs',
    parseTarget,
    [],
  )
  .option('--target-ca <file...>', "PEM files with the targets' certificate authorities")
  .option('--insecure', "do not verify the targets' certificates")
  .option('--json', 'print JSON')
  .addOption(new Option('--write-docs', 'update docs/performance.md and its plot'))
  .parse();
const options = command.opts<Options>();

const chosen = options.rows?.split(',') ?? Object.keys(groups);
const unknown = chosen.find((name) => !Object.hasOwn(groups, name));
if (unknown !== undefined) command.error(`bench: unknown rows "${unknown}"; use ${Object.keys(groups).join(', ')}`);
if (options.target.length > 0 && !chosen.includes('served'))
  command.error('bench: --target needs the rows `served`; add them to --rows');
const share = options.quick ? 0.2 : 1;
const ca = options.targetCa?.map(readCa);

try {
  await measure();
} catch (error) {
  // A CwiiError is a message for the user; everything else is a defect.
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

/**
 * Asks all targets before the measurement, which takes minutes, so that a wrong target is reported at once.
 */
async function askTargets({ pod }: BenchCluster): Promise<AskedTarget[]> {
  const asked: AskedTarget[] = [];
  for (const url of options.target) {
    const target = await ask({ url, ...(ca && { ca }), insecure: options.insecure ?? false }, servedReview(pod));
    asked.push(target);
    if (target.outcome !== 'injects a token')
      process.stderr.write(
        `bench: ${url}: ${target.outcome}, so it does less work than cwii; annotate ServiceAccount shop/checkout in its cluster\n`,
      );
  }
  return asked;
}

function parseTarget(value: string, others: readonly string[]): string[] {
  const url = URL.parse(value);
  if (url?.protocol !== 'https:') throw new InvalidArgumentError('Use a full https:// URL.');
  return [...others, value];
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return command.error(`bench: --target-ca ${file}: ${(error as Error).message}`);
  }
}
