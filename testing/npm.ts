// Runs npm, and shows its output on standard error.

import { spawn } from 'node:child_process';

/** @throws if it fails. */
export async function npm(args: readonly string[], cwd: string): Promise<void> {
  process.stderr.write(`npm ${args[0]} in ${cwd}\n`);
  await showing('npm', args, cwd);
}

/** Runs a program whose output shows progress. @throws if it fails. */
export async function showing(program: string, args: readonly string[], cwd: string): Promise<void> {
  const child = spawn(program, args, { cwd, stdio: ['ignore', 2, 2] });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${program} ${args[0]} in ${cwd} ended with code ${code}; see its output above`);
}

export const quietInstall = ['install', '--no-audit', '--no-fund'] as const;
