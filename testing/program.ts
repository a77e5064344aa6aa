// Starts a program beside the tests, keeps its output, waits until it is ready, and stops it.

import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGuardian, type Guardian } from './guardian.ts';
import { type Probe, waitFor } from './wait-for.ts';

export interface Program {
  readonly name: string;
  /** Undefined if it could not be started. */
  readonly pid: number | undefined;
  /** Its output so far. */
  stdout(): string;
  stderr(): string;
  /** Throws with the end of its output if it ended although nobody stopped it. */
  assertRunning(): void;
  /** Waits as waitFor does, fails as soon as the program ends, and shows the end of its output. */
  waitFor<T>(description: string, probe: Probe<T>, timeoutMs?: number): Promise<T>;
  signal(name: NodeJS.Signals): void;
  /** Sends SIGTERM, and SIGKILL after the grace period. Resolves when the program has ended. */
  stop(graceMs?: number): Promise<void>;
}

export interface ProgramStart {
  readonly name: string;
  /** The executable and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** A variable that is undefined is not set. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Keeps the program's output, and kills the program when the test process ends. */
  readonly guardian: Guardian;
  /** Throw standard output away, so that a benchmark does not measure how a log is written to disk. */
  readonly discardStdout?: boolean;
}

export interface ServerStart<T> extends Omit<ProgramStart, 'guardian'> {
  /** Default: one of its own, which `stop` releases. */
  readonly guardian?: Guardian;
  /** When it serves, such as `the server to listen`. */
  readonly until: string;
  readonly probe: (program: Program) => ReturnType<Probe<T>>;
  readonly timeoutMs?: number;
  /** Time between SIGTERM and SIGKILL. */
  readonly graceMs?: number;
}

export interface Server<T> extends Program, AsyncDisposable {
  /** The result of the probe. */
  readonly answer: T;
  stop(): Promise<void>;
}

const shownLines = 30;
const defaultGraceMs = 3_000;

/** Starts a program that serves, and resolves when the probe succeeds. Stops the program if it never does. */
export async function startServer<T>(start: ServerStart<T>): Promise<Server<T>> {
  const { until, probe, timeoutMs = 60_000, graceMs } = start;
  const guardian = start.guardian ?? createGuardian();
  const program = startProgram({ ...start, guardian });
  const stop = async () => {
    await program.stop(graceMs);
    if (!start.guardian) await guardian.release();
  };
  try {
    const answer = await program.waitFor(until, () => probe(program), timeoutMs);
    return { ...program, answer, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export function startProgram(start: ProgramStart): Program {
  const { name, command, env = {}, guardian, discardStdout = false } = start;
  const [executable, ...args] = command;
  const directory = mkdtempSync(join(guardian.directory, 'program-'));
  const [stdoutPath, stderrPath] = [join(directory, 'stdout'), join(directory, 'stderr')];
  // Files instead of pipes: the reader of a pipe would keep the test process alive, and a full pipe would
  // block the program.
  const [stdout, stderr] = [openSync(stdoutPath, 'a'), openSync(stderrPath, 'a')];
  // Only PATH is inherited: proxy settings, CWII_ variables and KUBECONFIG must not change a test.
  const child = spawn(executable, args, {
    cwd: guardian.directory,
    env: { PATH: process.env.PATH, HOME: guardian.directory, ...env },
    stdio: ['ignore', discardStdout ? 'ignore' : stdout, stderr],
  });
  for (const file of [stdout, stderr]) closeSync(file);
  // A test that forgets to stop the program can still end; the guardian then kills it.
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
