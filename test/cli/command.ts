// Runs the real command line as a process, with an environment that has no settings.

import { spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';

const ROOT = join(import.meta.dirname, '..', '..');

/** Node.js caches compiled sources here, which makes starts twice as fast. */
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

/** Runs `cwii <args>`, in the repository's root by default. */
export async function cwii(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  const { child, status } = start(args, options);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { status: await status, stdout, stderr };
}

/** Whether `onTerminal` works: script(1) of other systems has other arguments than that of util-linux. */
export const hasTerminal = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');

/** The output of `cwii <args>` on a terminal. */
export async function onTerminal(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const command = [process.execPath, join(ROOT, 'cli', 'main.ts'), ...args].join(' ');
  const terminal = { TERM: 'xterm', PATH: process.env['PATH'], NODE_COMPILE_CACHE };
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
  const path = `${env['PATH']}:${process.env['PATH']}`;
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
