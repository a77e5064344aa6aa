// `npm run soak`: prints a table at the end; exit code 1 if it found a problem.

import { Command } from 'commander';
import { positiveNumber } from '../../testing/number-options.ts';
import { soak } from './soak.ts';
import { problemsOf, tableOf } from './verdict.ts';

const { minutes, rate } = new Command('soak')
  .description(
    'Puts a real API server and the function under steady load with faults between them. Needs Go for the control plane.',
  )
  .option('--minutes <count>', 'duration; may be a fraction', positiveNumber, 15)
  .option('--rate <count>', 'admissions per second', positiveNumber, 20)
  .parse()
  .opts<{ readonly minutes: number; readonly rate: number }>();
const print = (line: string) => process.stderr.write(`${line}\n`);

const soaked = await soak({ minutes, rate, print });
process.stdout.write(`${tableOf(soaked, minutes)}\n`);
const problems = problemsOf(soaked, minutes);
for (const problem of problems) print(`problem: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
