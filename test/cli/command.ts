// Runs the command line: `cwii` in this process, which takes milliseconds, and `cwiiProcess` as users start
// it, for tests of the process itself. Neither sees the settings of the machine's user.

import { spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { run } from '../../cli/program.ts';

/** Read now, because `cwii` replaces the environment while a command runs. */
const { PATH } = process.env;

const ROOT = join(import.meta.dirname, '..', '..');

/** Caches compiled sources by their content, so that a start takes half as long. */
const NODE_COMPILE_CACHE = join(ROOT, 'node_modules', '.cache', 'cwii-test-cli');

/** How a command ended. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface StartOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export function start(args: readonly string[], { stdin = '', env = {}, cwd = ROOT }: StartOptions = {}) {
  const child = spawn(process.execPath, [join(ROOT, 'cli', 'main.ts'), ...args], {
    cwd,
    env: { NODE_COMPILE_CACHE, ...env },
  });
  // A command that fails early closes its input.
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  const status = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { child, status };
}

/** `cwii <args>`, run to its end in a process of its own. */
export async function cwiiProcess(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  const { child, status } = start(args, options);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { status: await status, stdout, stderr };
}

let lastCommand: Promise<unknown> = Promise.resolve();

/**
 * `cwii <args>`, run to its end from the repository's root. Commands of concurrent tests run one after the
 * other, because a command uses what its process has only once: environment, directory, standard input and
 * output.
 */
export function cwii(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  const command = lastCommand.then(() => runHere(args, options));
  lastCommand = command.catch(() => undefined);
  return command;
}

/** Thrown by `process.exit` while a command runs. */
class Exit extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`exit with status ${status}`);
    this.status = status;
  }
}

async function runHere(args: readonly string[], { stdin = '', env = {}, cwd = ROOT }: StartOptions): Promise<Ended> {
  const { env: ownEnv, exit, exitCode } = process;
  const ownDirectory = process.cwd();
  const ownStdin = Object.getOwnPropertyDescriptor(process, 'stdin') ?? {};
  const stdout = capture(process.stdout);
  const stderr = capture(process.stderr);
  process.env = { ...env };
  process.exitCode = undefined;
  process.exit = (status) => {
    throw new Exit(Number(status ?? 0));
  };
  process.chdir(cwd);
  Object.defineProperty(process, 'stdin', { configurable: true, value: Readable.from(stdin, { objectMode: false }) });
  const ended = (status: number): Ended => ({ status, stdout: stdout.text(), stderr: stderr.text() });
  try {
    await run(args);
    return ended(Number(process.exitCode ?? 0));
  } catch (error) {
    if (error instanceof Exit) return ended(error.status);
    throw error;
  } finally {
    stdout.release();
    stderr.release();
    Object.defineProperty(process, 'stdin', ownStdin);
    process.chdir(ownDirectory);
    Object.assign(process, { env: ownEnv, exit, exitCode });
  }
}

/** Keeps what is written to a stream, until `release`. */
function capture(stream: NodeJS.WriteStream) {
  const { write } = stream;
  let written = '';
  stream.write = (chunk: string | Uint8Array) => {
    written += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    return true;
  };
  return {
    text: () => written,
    release: () => {
      stream.write = write;
    },
  };
}

/**
 * Whether `onTerminal` can be used: other systems' script(1) takes other arguments than that of util-linux.
 */
export const hasTerminal = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');

/** The output of `cwii <args>` on a terminal. */
export async function onTerminal(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const command = [process.execPath, join(ROOT, 'cli', 'main.ts'), ...args].join(' ');
  const terminal = { TERM: 'xterm', PATH, NODE_COMPILE_CACHE };
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: ROOT, env: { ...terminal, ...env } });
  child.stdin.end();
  return (await text(child.stdout)).replaceAll('\r\n', '\n');
}

/**
 * The output of `cwii <args>` on a terminal in `cwd`, where each question gets its answer when it is shown.
 */
export async function answerOnTerminal(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
  answers: readonly (readonly [question: string, answer: string])[],
): Promise<string> {
  const command = [process.execPath, join(ROOT, 'cli', 'main.ts'), ...args].join(' ');
  const path = `${env['PATH']}:${PATH}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd,
    env: { ...env, TERM: 'dumb', COLUMNS: '200', NODE_COMPILE_CACHE, PATH: path },
  });
  let shown = '';
  let from = 0;
  const left = [...answers];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    shown += chunk;
    const [question, answer] = left[0] ?? [];
    if (question === undefined || answer === undefined || !shown.includes(question, from)) return;
    from = shown.indexOf(question, from) + question.length;
    left.shift();
    child.stdin.write(answer === '\u0004' ? answer : `${answer}\n`);
  });
  await new Promise((resolve) => child.once('close', resolve));
  return shown.replaceAll('\r\n', '\n');
}

/** A directory with these files; `await using` removes it. */
export async function folderOf(
  files: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'cwii-cli-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, name)), { recursive: true });
    await writeFile(join(folder.path, name), content);
  }
  return { path: folder.path, [Symbol.asyncDispose]: folder.remove };
}

/** A failure with only this message and its code on standard error, and status 1. */
export function failure(message: string, code: string): Ended {
  return { status: 1, stdout: '', stderr: `cwii: ${message} [${code}]\n` };
}
