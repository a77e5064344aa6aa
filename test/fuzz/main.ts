// `npm run fuzz`: tries generated inputs on the function or on a part of it, and reports faults.
//
// It writes every fault to a file. The same seed and index reproduce a fault.

import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { wholeNumber } from '../../testing/number-options.ts';
import { Differential } from '../cluster/differential/differential.ts';
import { clusterAnswers } from './cluster-answers.ts';
import { configurations } from './configurations.ts';
import { createEvents } from './events.ts';
import type { Subject } from './subject.ts';
import { views } from './views.ts';

/** It stops after this number of different faults. */
const MOST_FINDS = 20;

const subjects = {
  events: createEvents,
  answers: async () => clusterAnswers,
  configurations: async () => configurations,
  views: async () => views,
  policies: (seed) => Differential.start(seed),
} satisfies Record<string, (seed: number) => Promise<Subject>>;

interface Options {
  readonly runs: number;
  readonly seed: number;
  readonly only?: number;
  readonly of: keyof typeof subjects;
  readonly json?: true;
}

const options = new Command('fuzz')
  .description(
    'Fuzzes the built function, its reader, its configuration or its validation, or compares policies of the API server with the webhook (needs Go). Exit code 1 means that it found a fault.',
  )
  .option('--runs <count>', 'number of generated inputs', wholeNumber(1), 30_000)
  .addOption(
    new Option('--seed <number>', 'seed of the inputs')
      .argParser(wholeNumber(0))
      .default(Date.now() % 1_000_000_000, 'from the clock'),
  )
  .option('--only <index>', 'run only the input with this index', wholeNumber(0))
  .addOption(new Option('--of <subject>', 'what to fuzz').choices(Object.keys(subjects)).default('events'))
  .option('--json', 'print the summary on one line')
  .parse()
  .opts<Options>();
const { seed, of } = options;
const first = options.only ?? 0;
const runs = options.only === undefined ? options.runs : 1;

const print = (line: string) => process.stderr.write(`${line}\n`);
const subject: Subject = await subjects[of](seed);
const kinds: Record<string, number> = {};
const finds = new Map<string, { index: number; count: number }>();
let worst = { milliseconds: 0, index: first };
const began = performance.now();

for (let index = first; index < first + runs; index += 1) {
  const { problem, kind, milliseconds } = await subject.check(seed, index);
  kinds[kind] = (kinds[kind] ?? 0) + 1;
  if (milliseconds > worst.milliseconds) worst = { milliseconds, index };
  if (problem !== undefined) await report(index, problem);
  if ((index + 1) % 50_000 === 0)
    print(`${index + 1} ${of}, ${finds.size} faults, worst ${Math.round(worst.milliseconds)} ms (${worst.index})`);
  if (finds.size >= MOST_FINDS) break;
}

async function report(index: number, problem: string): Promise<void> {
  const known = finds.get(problem);
  finds.set(problem, { index: known?.index ?? index, count: (known?.count ?? 0) + 1 });
  if (known) return;
  const file = `fuzz-${seed}-${index}.json`;
  writeFileSync(file, JSON.stringify({ problem, tried: await subject.show(seed, index, problem) }, undefined, 2));
  print(`${problem}\n  reproduce with: npm run fuzz -- --of ${of} --seed ${seed} --only ${index}\n  input: ${file}`);
}

await subject.stop?.();
const summary = {
  of,
  runs: Object.values(kinds).reduce((sum, count) => sum + count, 0),
  seed,
  seconds: Math.round((performance.now() - began) / 1000),
  worstMilliseconds: Math.round(worst.milliseconds * 10) / 10,
  worstIndex: worst.index,
  kinds,
  faults: Object.fromEntries(finds),
};
process.stdout.write(options.json ? `${JSON.stringify(summary)}\n` : `${JSON.stringify(summary, undefined, 2)}\n`);
process.exitCode = finds.size > 0 ? 1 : 0;
