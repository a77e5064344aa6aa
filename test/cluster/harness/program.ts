// Knows the life of one program of the control plane: its start, its log, its early death and its end.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Guardian } from './guardian.ts';

export interface Program {
  readonly name: string;
  /** What it has printed so far, both streams. */
  log(): string;
  /** Throws, with the end of its log, when it no longer runs though nobody stopped it. */
  assertRunning(): void;
  /** SIGTERM, then SIGKILL after the grace; resolves when it has ended. */
  stop(graceMs: number): Promise<void>;
}

export interface ProgramStart {
  readonly name: string;
  readonly binary: string;
  readonly flags: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly guardian: Guardian;
}

const shownLines = 30;

export function startProgram({ name, binary, flags, env = {}, guardian }: ProgramStart): Program {
  const logPath = join(guardian.directory, `${name}.log`);
  const logFile = openSync(logPath, 'a');
  // Of the environment only PATH: proxy settings or a KUBECONFIG of the machine must not change what a test sees.
  const child = spawn(binary, [name, ...flags], {
    cwd: guardian.directory,
    env: { PATH: process.env.PATH, HOME: guardian.directory, ...env },
    stdio: ['ignore', logFile, logFile],
  });
  closeSync(logFile);
  // A test that forgot to stop the control plane still ends; the guardian then ends the program.
  child.unref();
  const { pid } = child;
  if (pid !== undefined) guardian.watch(pid);

  let stopped = false;
  let end: { readonly how: string; readonly cause?: Error } | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once('error', (cause) => {
      end = { how: `could not be started from ${binary}`, cause };
      resolve();
    });
    child.once('exit', (code, signal) => {
      if (pid !== undefined) guardian.forget(pid);
      end ??= { how: signal ? `was ended by ${signal}` : `ended with code ${code}` };
      resolve();
    });
  });
  const log = () => readFileSync(logPath, 'utf8');

  return {
    name,
    log,
    assertRunning: () => {
      if (!end || stopped) return;
      const lines = log().trimEnd().split('\n').slice(-shownLines).join('\n');
      throw new Error(`${name} ${end.how}. The last ${shownLines} lines of its log:\n${lines}`, { cause: end.cause });
    },
    stop: async (graceMs) => {
      stopped = true;
      if (end) return;
      child.ref();
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(force);
    },
  };
}
