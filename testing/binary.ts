// The Go programs that cluster tests run: their place in the cache, and how they are built.

import { spawn } from 'node:child_process';
import { access, constants, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cachePath, notSetUp } from './cache.ts';
import { run } from './run.ts';

export interface GoProgram {
  readonly name: string;
  /** The arguments of `npm run test:setup --` that build it. */
  readonly setup: string;
  /** Contains its module file. */
  readonly folder: string;
  /** Default: go.mod. Its sums are beside it, in a file that ends in `.sum`. */
  readonly moduleFile?: string;
  readonly package: string;
  /** About how long the first build takes on two cores. */
  readonly minutes: number;
  /** Arguments with which it prints its version, and the version that it must print. */
  readonly version?: { readonly args: readonly string[]; expected(folder: string): Promise<string> };
  ldflags(folder: string): Promise<string>;
}

/** The release itself, unchanged. */
export const authenticator: GoProgram = {
  name: 'aws-iam-authenticator',
  setup: 'aws-iam-authenticator',
  folder: join(import.meta.dirname, 'authenticator'),
  package: 'sigs.k8s.io/aws-iam-authenticator/cmd/aws-iam-authenticator',
  minutes: 2,
  ldflags: async () => '-s -w',
};

/** The SDKs for Go of services. */
export const languages: GoProgram = {
  name: 'languages-go',
  setup: 'languages-go',
  folder: join(import.meta.dirname, '..', 'test', 'languages', 'programs'),
  package: '.',
  minutes: 1,
  ldflags: async () => '-s -w',
};

/** The JWT login of Vault and OpenBao. */
export const jwtLogin: GoProgram = {
  name: 'jwt-login',
  setup: 'jwt-login',
  folder: join(import.meta.dirname, 'jwt-login'),
  package: '.',
  minutes: 2,
  ldflags: async () => '-s -w',
};

const MODULE_FILE = 'go.mod';
const checked = new Map<string, Promise<string>>();

/** @throws if it is not built. */
export const authenticatorBinary = () => binaryOf(authenticator);

/** @throws if it is not built. */
export const jwtLoginBinary = () => binaryOf(jwtLogin);

/** @throws if it is not built. */
export const languagesBinary = () => binaryOf(languages);

/**
 * Checked once in a process: the control plane's program takes 0.2 seconds to print its version.
 *
 * @throws if it is not built, or has another version.
 */
export function binaryOf(program: GoProgram): Promise<string> {
  const known = checked.get(program.name);
  if (known) return known;
  const path = findBinary(program);
  checked.set(program.name, path);
  return path;
}

async function findBinary(program: GoProgram): Promise<string> {
  const path = await pathOf(program);
  if (!(await isExecutable(path))) throw notSetUp(program.name, program.setup);
  await checkVersion(program, path);
  return path;
}

/**
 * The name of a cached file says from which sources it should be, not what it is: somebody can have built
 * it with other modules.
 *
 * @throws if the program reports another version than its go.mod requires.
 */
export async function checkVersion(program: GoProgram, path: string): Promise<void> {
  const { setup, folder, moduleFile = MODULE_FILE, version } = program;
  if (!version) return;
  const expected = await version.expected(folder);
  const { stdout, stderr } = await run([path, ...version.args], { env: {} });
  if (stdout.trim().split(' ').at(-1) === expected) return;
  throw new Error(
    `${path} reports the version "${stdout.trim() || stderr.trim()}", but ${join(folder, moduleFile)} requires ${expected}; delete it, and run \`npm run test:setup -- ${setup}\``,
  );
}

/**
 * Builds it if its sources have not been built on this machine. Needs 3.5 GB for Go's caches.
 *
 * @throws if a cached binary has another version.
 */
export async function buildGoProgram(program: GoProgram): Promise<string> {
  const path = await pathOf(program);
  if (await isExecutable(path)) {
    await checkVersion(program, path);
    return path;
  }
  const unfinished = `${path}.${process.pid}.unfinished`;
  await mkdir(dirname(path), { recursive: true });
  process.stderr.write(`building ${program.name} from source: about ${program.minutes} minutes, once per machine\n`);
  try {
    await goBuild(program, unfinished);
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
  return path;
}

async function pathOf({ name, folder, moduleFile = MODULE_FILE }: GoProgram): Promise<string> {
  const ingredients: (string | Buffer)[] = [];
  const modules = [moduleFile, moduleFile.replace(/mod$/, 'sum')];
  const isSource = (file: string) => file.endsWith('.go') || modules.includes(file);
  for (const source of (await readdir(folder)).filter(isSource).sort())
    ingredients.push(`${source}\0`, await readFile(join(folder, source)));
  return cachePath(name, ...ingredients, goPlatform());
}

/** As `go env GOOS GOARCH` prints it. */
function goPlatform(): string {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  return `${os}\n${arch}\n`;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw new Error(`${path} cannot be run; delete it, and run \`npm run test:setup\``, { cause: error });
  }
}

async function goBuild(program: GoProgram, output: string): Promise<void> {
  const { folder, moduleFile = MODULE_FILE, package: target, ldflags } = program;
  // -v prints the name of each package that is compiled, which shows progress.
  const args = [
    'build',
    '-v',
    `-modfile=${moduleFile}`,
    '-trimpath',
    '-ldflags',
    await ldflags(folder),
    '-o',
    output,
    target,
  ];
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' };
  await new Promise<void>((resolve, reject) => {
    const go = spawn('go', args, { cwd: folder, env, stdio: ['ignore', 2, 2] });
    go.on('error', (cause) =>
      reject(new Error('`go` cannot be run; install Go 1.26 or newer (https://go.dev/dl)', { cause })),
    );
    go.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`go build in ${folder} ended with ${signal ?? `code ${code}`}; see its output above`));
    });
  });
}
