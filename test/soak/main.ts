// `npm run soak`: a table at the end, and code 1 where something was wrong.

import { Command, InvalidArgumentError } from 'commander';
import { soak } from './soak.ts';
import { problemsOf, tableOf } from './verdict.ts';

const { minutes, rate } = new Command('soak')
  .description('Steady load on a real API server with faults between. Needs Go, for the control plane.')
  .option('--minutes <count>', 'how long; a fraction is allowed', positive, 15)
  .option('--rate <count>', 'admissions a second', positive, 20)
  .parse()
  .opts<{ readonly minutes: number; readonly rate: number }>();
const say = (line: string) => process.stderr.write(`${line}\n`);

const soaked = await soak({ minutes, rate, say });
process.stdout.write(`${tableOf(soaked, minutes)}\n`);
const problems = problemsOf(soaked, minutes);
for (const problem of problems) say(`wrong: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;

function positive(value: string): number {
  const number = Number(value);
  if (Number.isFinite(number) && number > 0) return number;
  throw new InvalidArgumentError('It has to be a number above 0.');
}
