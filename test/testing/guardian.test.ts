// The guardian cleans up after a test process that was killed.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { waitFor } from '../../testing/wait-for.ts';

const script = `
const { spawn } = await import('node:child_process');
const { createGuardian } = await import(${JSON.stringify(new URL('../../testing/guardian.ts', import.meta.url).href)});
const guardian = createGuardian();
const { pid } = spawn('sleep', ['60'], { stdio: 'ignore' });
guardian.watch(pid);
console.log(JSON.stringify({ pid, directory: guardian.directory }));
setInterval(() => {}, 1000);`;

it('the guardian kills the programs and removes the files of a test process that was killed', async () => {
  const testProcess = spawn(process.execPath, ['--input-type=module', '-e', script]);
  const line = await new Promise<string>((resolve) => testProcess.stdout.once('data', (data) => resolve(String(data))));
  const { pid, directory } = JSON.parse(line) as { pid: number; directory: string };
  expect(isAlive(pid)).toBe(true);

  testProcess.kill('SIGKILL');

  await waitFor('process and directory to be gone', () => !isAlive(pid) && !existsSync(directory));
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
