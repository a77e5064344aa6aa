// Knows the life of a program beside the tests: its start, its output, when it is ready, its early death and its end.
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Guardian } from './guardian.ts';
import { type Probe, waitFor } from './wait-for.ts';

export interface Program {
  readonly name: string;
  /** Undefined where it could not be started. */
  readonly pid: number | undefined;
  /** What it has printed so far. */
  stdout(): string;
  stderr(): string;
  /** Throws, with the end of its output, when it no longer runs though nobody stopped it. */
  assertRunning(): void;
  /** Waits as in wait-for.ts, but fails at once when it has died, and shows the end of its output. */
  waitFor<T>(description: string, probe: Probe<T>, timeoutMs?: number): Promise<T>;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, then SIGKILL after the grace; resolves when it has ended. */
  stop(graceMs?: number): Promise<void>;
}

export interface ProgramStart {
  readonly name: string;
  /** The executable and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** One that is undefined is not set. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Has its output, and ends it with the test process. */
  readonly guardian: Guardian;
}

const shownLines = 30;
const defaultGraceMs = 3_000;

export function startProgram({ name, command: [executable, ...args], env = {}, guardian }: ProgramStart): Program {
  const directory = mkdtempSync(join(guardian.directory, 'program-'));
  const [stdoutPath, stderrPath] = [join(directory, 'stdout'), join(directory, 'stderr')];
  // Files, because a pipe's reader would keep the test process from its end, and a program's writing would wait for it.
  const [stdout, stderr] = [openSync(stdoutPath, 'a'), openSync(stderrPath, 'a')];
  // Of the environment only PATH: proxy settings, CWII_ variables or a KUBECONFIG of the machine must not change what a test sees.
  const child = spawn(executable, args, {
    cwd: guardian.directory,
    env: { PATH: process.env.PATH, HOME: guardian.directory, ...env },
    stdio: ['ignore', stdout, stderr],
  });
  for (const file of [stdout, stderr]) closeSync(file);
  // A test that forgot to stop it still ends; the guardian then ends the program.
  child.unref();
  const { pid } = child;
  if (pid !== undefined) guardian.watch(pid);

  let stopped = false;
  let end: { readonly how: string; readonly cause?: Error } | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once('error', (cause) => {
      end = { how: `could not be started from ${executable}`, cause };
      resolve();
    });
    child.once('exit', (code, signal) => {
      if (pid !== undefined) guardian.forget(pid);
      end ??= { how: signal ? `was ended by ${signal}` : `ended with code ${code}` };
      resolve();
    });
  });
  const read = (path: string) => readFileSync(path, 'utf8');
  const withOutput = (what: string, cause: unknown) => {
    const lines = `${read(stdoutPath)}${read(stderrPath)}`.trimEnd().split('\n').slice(-shownLines).join('\n');
    return new Error(`${what}. The last ${shownLines} lines of its output:\n${lines}`, { cause });
  };
  const assertRunning = () => {
    if (end && !stopped) throw withOutput(`${name} ${end.how}`, end.cause);
  };

  return {
    name,
    pid,
    stdout: () => read(stdoutPath),
    stderr: () => read(stderrPath),
    assertRunning,
    waitFor: async (description, probe, timeoutMs) => {
      try {
        return await waitFor(description, probe, timeoutMs, assertRunning);
      } catch (error) {
        assertRunning();
        throw withOutput(error instanceof Error ? error.message : String(error), error);
      }
    },
    signal: (signal) => void child.kill(signal),
    stop: async (graceMs = defaultGraceMs) => {
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
