// Runs a program to its end and collects its output.

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

export interface RunOptions {
  /** The whole environment of the program. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Written to its standard input; default: nothing. */
  readonly stdin?: string;
}

export interface Ended {
  /** Null if a signal ended the program. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Resolves however the program ends. Rejects if it cannot be started. */
export async function run(
  [executable, ...args]: readonly [string, ...string[]],
  { env, stdin = '' }: RunOptions,
): Promise<Ended> {
  const child = spawn(executable, args, { env });
  const ended = new Promise<Pick<Ended, 'code' | 'signal'>>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
    // A program may close its input without reading it (EPIPE); its exit code shows whether it failed.
    child.stdin.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') reject(error);
    });
  });
  child.stdin.end(stdin);
  const [end, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { ...end, stdout, stderr };
}
