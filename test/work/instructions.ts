// `npm run test:instructions`: how many machine instructions an admission takes, by valgrind and without V8's compilers, so
// that the figure does not depend on the machine's mood. Fails above the budget.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { eventOf, reviewOf } from '../fakes/events.ts';
import { callerToken } from '../fakes/secrets.ts';
import { podOfDeployment, scopes } from './usual-pod.ts';

/** Thousands of instructions. Raised on purpose, by what is worth it. */
const BUDGET = 1225;

/** Two counts differ by what their further admissions took; starting is in both. */
const [FEW, MANY] = [20, 220];

const program = fileURLToPath(new URL('admissions.mjs', import.meta.url));
const bundle = fileURLToPath(new URL('../../dist/webhook/index.mjs', import.meta.url));
const event = JSON.stringify(
  eventOf(
    reviewOf(({ request }) => {
      request.object = podOfDeployment;
    }),
  ),
);
const fixed = ['--jitless', '--single-threaded', '--hash-seed=1', '--random-seed=1', '--no-flush-bytecode'];

function instructions(admissions: number): number {
  const { stdout, stderr, error, status } = spawnSync(
    'valgrind',
    [
      '--tool=callgrind',
      '--callgrind-out-file=/dev/null',
      process.execPath,
      ...fixed,
      program,
      bundle,
      String(admissions),
      event,
    ],
    {
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        CWII_CALLER_TOKEN_SHA256: createHash('sha256').update(callerToken).digest('hex'),
        CWII_STATIC_ANNOTATIONS: JSON.stringify(scopes),
      },
    },
  );
  if (error) throw new Error('valgrind is needed: the package of that name', { cause: error });
  if (status !== 0) throw new Error(`the admissions ended with status ${status}: ${stderr}`);
  const collected = /Collected : (\d+)/.exec(stderr)?.[1];
  if (collected === undefined) throw new Error(`valgrind counted nothing: ${stdout}${stderr}`);
  return Number(collected);
}

const thousands = (instructions(MANY) - instructions(FEW)) / (MANY - FEW) / 1000;
const verdict = thousands <= BUDGET ? 'within' : 'above';
process.stdout.write(
  `an admission takes ${Math.round(thousands)} thousand instructions, ${verdict} the budget of ${BUDGET}\n`,
);
if (thousands > BUDGET) process.exitCode = 1;
