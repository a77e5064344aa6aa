// `npm run instructions`: counts the machine instructions of one admission, and fails if they grew by more
// than a quarter. Valgrind counts, with V8's compilers off, so the count hardly depends on the machine
// (within 1.3 % on a busy one).

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { eventOf, reviewOf } from '../fakes/events.ts';
import { callerToken } from '../fakes/secrets.ts';
import { podOfDeployment, scopes } from './pod-of-deployment.ts';

/** Instructions of one admission, as measured when this number was last changed. */
const REFERENCE = 1_760_000;
/** Wide enough for ordinary changes: the check finds work that was added by accident. */
const TOLERANCE = 0.25;

/** The difference of two runs leaves out what starting takes. */
const [FEW, MANY] = [20, 220];

const program = join(import.meta.dirname, 'admissions.mjs');
const bundle = join(import.meta.dirname, '..', '..', 'dist', 'webhook', 'index.mjs');
const review = reviewOf(({ request }) => {
  request.object = podOfDeployment;
});
const event = JSON.stringify(eventOf(review));
const deterministic = ['--jitless', '--single-threaded', '--hash-seed=1', '--random-seed=1', '--no-flush-bytecode'];

function countInstructions(admissions: number): number {
  const valgrind = ['--tool=callgrind', '--callgrind-out-file=/dev/null'];
  const node = [process.execPath, ...deterministic, program, bundle, String(admissions), event];
  const { stdout, stderr, error, status } = spawnSync('valgrind', [...valgrind, ...node], {
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      CWII_CALLER_TOKEN_SHA256: createHash('sha256').update(callerToken).digest('hex'),
      CWII_STATIC_ANNOTATIONS: JSON.stringify(scopes),
    },
  });
  if (error) throw new Error('valgrind cannot be run; install the package valgrind', { cause: error });
  if (status !== 0) throw new Error(`the admissions ended with status ${status}: ${stderr}`);
  const collected = /Collected : (\d+)/.exec(stderr)?.[1];
  if (collected === undefined) throw new Error(`valgrind printed no count: ${stdout}${stderr}`);
  return Number(collected);
}

const instructions = (countInstructions(MANY) - countInstructions(FEW)) / (MANY - FEW);
const change = Math.round((instructions / REFERENCE - 1) * 100);
const thousands = (count: number) => `${Math.round(count / 1000)} thousand`;
console.log(
  `an admission takes ${thousands(instructions)} instructions: ${change} % from ${thousands(REFERENCE)}, limit ${TOLERANCE * 100} %`,
);
if (instructions > REFERENCE * (1 + TOLERANCE)) {
  console.error('find what was added; if it is worth its price, raise REFERENCE in test/instructions/main.ts');
  process.exitCode = 1;
}
