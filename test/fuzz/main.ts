// `npm run fuzz -- --runs N --seed S`: generated events through the function. What it finds is made small and written to
// a file; the same seed and index give it again.

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { check } from './check.ts';
import { generate } from './generate.ts';
import { shrink } from './shrink.ts';
import { createTargets } from './targets.ts';

/** More of the same fault tell nothing new. */
const MOST_FINDS = 20;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '30000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const first = values.only === undefined ? 0 : Number(values.only);
const runs = values.only === undefined ? Number(values.runs) : 1;

const say = (line: string) => process.stderr.write(`${line}\n`);
const targets = await createTargets();
const kinds: Record<string, number> = {};
const finds = new Map<string, { index: number; count: number }>();
let worst = { milliseconds: 0, index: first };
const began = performance.now();

for (let index = first; index < first + runs; index += 1) {
  const made = generate(seed, index, targets.length);
  const { problem, kind, milliseconds } = await check(made, targets);
  kinds[kind] = (kinds[kind] ?? 0) + 1;
  if (milliseconds > worst.milliseconds) worst = { milliseconds, index };
  if (problem !== undefined) await report(index, problem);
  if ((index + 1) % 50_000 === 0)
    say(`${index + 1} events, ${finds.size} faults, worst ${Math.round(worst.milliseconds)} ms (${worst.index})`);
  if (finds.size >= MOST_FINDS) break;
}

async function report(index: number, problem: string): Promise<void> {
  const known = finds.get(problem);
  finds.set(problem, { index: known?.index ?? index, count: (known?.count ?? 0) + 1 });
  if (known) return;
  const made = generate(seed, index, targets.length);
  const small = await shrink(made, problem, targets);
  const file = `fuzz-${seed}-${index}.json`;
  writeFileSync(file, JSON.stringify({ problem, function: targets[made.target]?.name, ...small }, undefined, 2));
  say(`${problem}\n  again: npm run fuzz -- --seed ${seed} --only ${index}; the event is in ${file}`);
}

const summary = {
  events: Object.values(kinds).reduce((sum, count) => sum + count, 0),
  seed,
  seconds: Math.round((performance.now() - began) / 1000),
  worstMilliseconds: Math.round(worst.milliseconds * 10) / 10,
  worstIndex: worst.index,
  kinds,
  faults: Object.fromEntries(finds),
};
process.stdout.write(values.json ? `${JSON.stringify(summary)}\n` : `${JSON.stringify(summary, undefined, 2)}\n`);
process.exitCode = finds.size > 0 ? 1 : 0;
