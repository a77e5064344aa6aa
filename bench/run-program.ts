// Runs programs of the benchmark (bench/programs/) in processes of their own.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFile } from '../lib/common/package-root.ts';
import { type Server, startServer } from '../testing/program.ts';

export function program(name: string): string {
  return packageFile('bench', 'programs', name);
}

/** Runs a program to its end. @returns the JSON that it prints. */
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

/** Starts a server that prints its URL on standard error. The `answer` of the server is its origin. */
export function startHttpsServer(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Server<string>> {
  return startServer({
    name,
    command: [process.execPath, ...args],
    env,
    discardStdout: true,
    until: `${name} to print its URL`,
    probe: ({ stderr }) => /^.*(https:\/\/[\w.:[\]]+).*\n/.exec(stderr())?.[1],
  });
}

/** Starts a server in place of AWS STS and Secrets Manager. The `answer` of the server is its URL. */
export function startTokenServer(token: string): Promise<Server<string>> {
  return startServer({
    name: 'token server',
    command: [process.execPath, program('token-server.ts')],
    env: { BENCH_TOKEN: token },
    until: 'the token server to print its URL',
    probe: ({ stderr }) => /^(http:\/\/\S+)\n/.exec(stderr())?.[1],
  });
}

/** A folder with files for programs, which is removed at the end of its scope. */
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
