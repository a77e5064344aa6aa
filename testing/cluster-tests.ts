// `npm run test:cluster -- [--kubernetes 1.34] [arguments of vitest]`: the cluster tests on the pinned or on
// another Kubernetes version.

import { spawnSync } from 'node:child_process';
import { chosenKubernetes, KUBERNETES_VARIABLE } from './kubernetes.ts';

const OPTION = '--kubernetes';

const args = process.argv
  .slice(2)
  .flatMap((arg) => (arg.startsWith(`${OPTION}=`) ? [OPTION, arg.slice(OPTION.length + 1)] : [arg]));
const position = args.indexOf(OPTION);
if (position >= 0) process.env[KUBERNETES_VARIABLE] = args.splice(position, 2)[1] || 'without a number';
console.error(`cluster tests on Kubernetes ${version()}`);

run('node', ['testing/setup.ts', 'cluster']);
run('vitest', ['run', '--project', 'cluster', ...args]);

function version(): string {
  try {
    return chosenKubernetes();
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}

/** Ends this process as well if the program fails. */
function run(program: string, programArgs: readonly string[]): void {
  const { status, error } = spawnSync(program, programArgs, { stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
