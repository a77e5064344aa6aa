// `npm run soak -- --minutes M --rate R`: a table at the end, and code 1 where something was wrong.

import { parseArgs } from 'node:util';
import { soak } from './soak.ts';
import { problemsOf, tableOf } from './verdict.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '15' }, rate: { type: 'string', default: '20' } },
});
const minutes = Number(values.minutes);
const say = (line: string) => process.stderr.write(`${line}\n`);

const soaked = await soak({ minutes, rate: Number(values.rate), say });
process.stdout.write(`${tableOf(soaked, minutes)}\n`);
const problems = problemsOf(soaked, minutes);
for (const problem of problems) say(`wrong: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
