// Measures admissions with a warm cache: their time, its growth with the size of the pod, and the memory.

import type { BenchCluster } from './cluster.ts';
import { admissionEvent, grownTo, reviewOf } from './event.ts';
import { admit, bundle, callerEnv, loadHandler, quietly } from './function.ts';
import { atMost, byTurns, type Row, row, type Sample, summarize, time } from './row.ts';
import { program, runProgram, scratchFolder } from './run-program.ts';

/** V8 compiles in steps; after about 12,000 admissions it has compiled all of their code. */
const UNTIL_COMPILED = 15_000;
const EARLY = 1000;

const SIZES_KB = [3, 10, 30, 100, 300, 1000];

export async function measureWarm({ pod, near }: BenchCluster, rounds: number): Promise<Row[]> {
  const cachedEnv = { ...near.env, CWII_CACHE_SECONDS: '60' };
  const usual = grownTo(pod, 3000);
  const cached = admit(await loadHandler(cachedEnv), usual);
  const onLambda = admit(
    await loadHandler({ ...cachedEnv, AWS_LAMBDA_FUNCTION_NAME: 'cwii', CWII_CLUSTER_NAME: 'bench' }),
    usual,
  );
  const size = (reviewOf(usual).length / 1000).toFixed(1);
  const early = await quietly(async () => summarize(await time(EARLY, cached)));
  const samples = await quietly(() => byTurns(5, rounds, { cached, onLambda }, UNTIL_COMPILED));
  return [
    row(`warm: the first ${EARLY.toLocaleString('en')} admissions of a sandbox, scopes cached`, early),
    row(`warm: scopes cached, in process, ${size} KB`, samples.cached, [
      atMost('p50', samples.cached.p50, 0.04),
      atMost('p99', samples.cached.p99, 0.25),
    ]),
    row('warm: the same with metrics, as on Lambda', samples.onLambda),
  ];
}

export async function measureGrowth({ pod, near }: BenchCluster, rounds: number): Promise<Row[]> {
  const handler = await loadHandler({ ...near.env, CWII_CACHE_SECONDS: '60' });
  const samples: Sample[] = [];
  for (const kilobytes of SIZES_KB) {
    const run = admit(handler, grownTo(pod, kilobytes * 1000));
    const count = Math.max(20, Math.round(rounds / kilobytes));
    samples.push(await quietly(async () => summarize((await time(2 * count, run)).slice(count))));
  }
  const perKilobyte = (index: number) => (samples[index]?.p50 ?? Number.NaN) / (SIZES_KB[index] ?? Number.NaN);
  return SIZES_KB.map((kilobytes, index) =>
    row(
      `warm: a review of ${kilobytes} KB`,
      samples[index] ?? { p50: Number.NaN, p99: Number.NaN },
      index === SIZES_KB.length - 1
        ? [{ what: 'the time per KB at 100 KB', value: perKilobyte(index) / perKilobyte(3), most: 1.2, unit: 'times' }]
        : [],
    ),
  );
}

export async function measureMemory({ pod, near }: BenchCluster, admissions: number): Promise<Row[]> {
  using folder = scratchFolder();
  const event = folder.write('event.json', JSON.stringify(admissionEvent(pod)));
  const env = { ...callerEnv, ...near.env };
  const [tenth = 0, half = 0, all = 0] = runProgram<number[]>(
    [program('many-admissions.ts'), String(admissions), bundle, event],
    env,
    ['--expose-gc'],
  );
  const count = admissions.toLocaleString('en');
  return [
    { work: `memory: resident after ${(admissions / 10).toLocaleString('en')} admissions`, figure: tenth, unit: 'MB' },
    { work: `memory: after ${(admissions / 2).toLocaleString('en')}`, figure: half, unit: 'MB' },
    {
      work: `memory: after ${count}`,
      figure: all,
      unit: 'MB',
      goals: [{ what: 'the memory after half of them', value: all / half, most: 1.05, unit: 'times' }],
    },
  ];
}
