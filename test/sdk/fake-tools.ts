// Fakes of the clouds' command-line tools for a container's PATH. They record their calls.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface FakeTool {
  readonly name: string;
  /** Exit code. Default: 0. */
  readonly code?: number;
  readonly prints?: string;
}

export interface FakeTools {
  /** The directory for the PATH. */
  readonly directory: string;
  /** The tool's name and arguments of every call. */
  calls(): Promise<readonly (readonly string[])[]>;
  /** The environment of the last call. */
  env(): Promise<Readonly<Record<string, string>>>;
}

const END = '--end-of-call--';

/** @param parent the parent of their directory. */
export async function installTools(parent: string, tools: readonly FakeTool[]): Promise<FakeTools> {
  const directory = join(parent, 'tools');
  const [calls, env] = [join(directory, 'calls.txt'), join(directory, 'env.txt')];
  await mkdir(directory);
  for (const { name, code = 0, prints = '' } of tools) {
    const script = [
      '#!/bin/sh',
      `printf '%s\\n' '${name}' "$@" '${END}' >>'${calls}'`,
      `env >'${env}'`,
      `echo '${prints}'`,
      `exit ${code}`,
    ];
    await writeFile(join(directory, name), `${script.join('\n')}\n`, { mode: 0o755 });
  }
  return {
    directory,
    calls: async () => {
      const written = (await readFile(calls, 'utf8')).split(`${END}\n`).slice(0, -1);
      return written.map((call) => call.trimEnd().split('\n'));
    },
    env: async () => {
      const lines = (await readFile(env, 'utf8')).trimEnd().split('\n');
      return Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      );
    },
  };
}
