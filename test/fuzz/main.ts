// `npm run fuzz -- --runs N --seed S [--of events|answers|configurations|views]`: generated events through the function,
// answers of the cluster through its reader, configurations, or bodies by both ways of checking them. What it finds is
// written to a file; the same seed and index give it again.

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { clusterAnswers } from './cluster-answers.ts';
import { configurations } from './configurations.ts';
import { createEvents } from './events.ts';
import type { Subject } from './subject.ts';
import { views } from './views.ts';

/** More of the same fault tell nothing new. */
const MOST_FINDS = 20;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '30000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    only: { type: 'string' },
    of: { type: 'string', default: 'events' },
    json: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const first = values.only === undefined ? 0 : Number(values.only);
const runs = values.only === undefined ? Number(values.runs) : 1;

const say = (line: string) => process.stderr.write(`${line}\n`);
const subjects: Record<string, () => Promise<Subject>> = {
  events: createEvents,
  answers: async () => clusterAnswers,
  configurations: async () => configurations,
  views: async () => views,
};
const create = subjects[values.of];
if (!create) throw new Error(`--of ${values.of} is not known; it is one of ${Object.keys(subjects).join(', ')}`);
const subject = await create();
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
    say(`${index + 1} ${values.of}, ${finds.size} faults, worst ${Math.round(worst.milliseconds)} ms (${worst.index})`);
  if (finds.size >= MOST_FINDS) break;
}

async function report(index: number, problem: string): Promise<void> {
  const known = finds.get(problem);
  finds.set(problem, { index: known?.index ?? index, count: (known?.count ?? 0) + 1 });
  if (known) return;
  const file = `fuzz-${seed}-${index}.json`;
  writeFileSync(file, JSON.stringify({ problem, tried: await subject.show(seed, index, problem) }, undefined, 2));
  say(
    `${problem}\n  again: npm run fuzz -- --of ${values.of} --seed ${seed} --only ${index}; what was tried is in ${file}`,
  );
}

const summary = {
  of: values.of,
  runs: Object.values(kinds).reduce((sum, count) => sum + count, 0),
  seed,
  seconds: Math.round((performance.now() - began) / 1000),
  worstMilliseconds: Math.round(worst.milliseconds * 10) / 10,
  worstIndex: worst.index,
  kinds,
  faults: Object.fromEntries(finds),
};
process.stdout.write(values.json ? `${JSON.stringify(summary)}\n` : `${JSON.stringify(summary, undefined, 2)}\n`);
process.exitCode = finds.size > 0 ? 1 : 0;
