// The bench's own programs (bench/programs/), run in processes of their own.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFile } from '../lib/common/package-root.ts';

export function program(name: string): string {
  return packageFile('bench', 'programs', name);
}

/** Runs to the end, and gives what was printed, which is JSON. */
export function runProgram<Result>(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  nodeOptions: readonly string[] = [],
): Result {
  const { stdout, stderr, status } = spawnSync(process.execPath, [...nodeOptions, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env },
  });
  if (status !== 0) throw new Error(`${args[0]} ended with status ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

/** A server that says on standard error at which URL it is. */
export async function startServer(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly url: string } & Disposable> {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], ...env },
  });
  let said = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const found = /https:\/\/[\w.:[\]]+/.exec(said)?.[0];
      if (found && said.includes('\n')) resolve(found);
    });
    child.once('exit', (status) => reject(new Error(`${args[0]} ended with status ${status}: ${said}`)));
  });
  return { url, [Symbol.dispose]: () => void child.kill() };
}

/** Files for programs, removed with it. */
export function scratchFolder(): { write(name: string, content: string): string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'cwii-bench-'));
  return {
    write: (name, content) => {
      writeFileSync(join(folder, name), content, { mode: 0o600 });
      return join(folder, name);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}
