// `npm run soak`: a table at the end, and code 1 where something was wrong.

import { Command } from 'commander';
import { positiveNumber } from '../../testing/number-options.ts';
import { soak } from './soak.ts';
import { problemsOf, tableOf } from './verdict.ts';

const { minutes, rate } = new Command('soak')
  .description('Steady load on a real API server with faults between. Needs Go, for the control plane.')
  .option('--minutes <count>', 'how long; a fraction is allowed', positiveNumber, 15)
  .option('--rate <count>', 'admissions a second', positiveNumber, 20)
  .parse()
  .opts<{ readonly minutes: number; readonly rate: number }>();
const say = (line: string) => process.stderr.write(`${line}\n`);

const soaked = await soak({ minutes, rate, say });
process.stdout.write(`${tableOf(soaked, minutes)}\n`);
const problems = problemsOf(soaked, minutes);
for (const problem of problems) say(`wrong: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
