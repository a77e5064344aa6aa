// The Go programs that cluster tests run: their place in the cache, and how they are built.

import { spawn } from 'node:child_process';
import { access, constants, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cachePath, notSetUp } from './cache.ts';
import { run } from './run.ts';

export interface GoProgram {
  readonly name: string;
  /** Contains its go.mod. */
  readonly folder: string;
  readonly package: string;
  /** About how long the first build takes on two cores. */
  readonly minutes: number;
  /** Arguments with which it prints its version, and the version that it must print. */
  readonly version?: { readonly args: readonly string[]; expected(folder: string): Promise<string> };
  ldflags(folder: string): Promise<string>;
}

/**
 * etcd, kube-apiserver, kube-controller-manager, kubectl and kubelet-volumes, chosen by the first argument.
 */
export const controlPlane: GoProgram = {
  name: 'control-plane',
  folder: join(import.meta.dirname, 'control-plane'),
  package: '.',
  minutes: 4,
  version: { args: ['kube-apiserver', '--version'], expected: kubernetesVersion },
  ldflags: kubernetesVersionStamps,
};

/** The release itself, unchanged. */
export const authenticator: GoProgram = {
  name: 'aws-iam-authenticator',
  folder: join(import.meta.dirname, 'authenticator'),
  package: 'sigs.k8s.io/aws-iam-authenticator/cmd/aws-iam-authenticator',
  minutes: 2,
  ldflags: async () => '-s -w',
};

const checked = new Map<GoProgram, Promise<string>>();

/** @throws if it is not built, or has another version. */
export const controlPlaneBinary = () => binaryOf(controlPlane);

/** @throws if it is not built. */
export const authenticatorBinary = () => binaryOf(authenticator);

/** Checked once in a process: the control plane's program takes 0.2 seconds to print its version. */
function binaryOf(program: GoProgram): Promise<string> {
  const known = checked.get(program);
  if (known) return known;
  const path = findBinary(program);
  checked.set(program, path);
  return path;
}

async function findBinary(program: GoProgram): Promise<string> {
  const path = await pathOf(program);
  if (!(await isExecutable(path))) throw notSetUp(program.name, program.name);
  await checkVersion(program, path);
  return path;
}

/**
 * The name of a cached file says from which sources it should be, not what it is: somebody can have built
 * it with other modules.
 *
 * @throws if the program reports another version than its go.mod requires.
 */
export async function checkVersion({ name, folder, version }: GoProgram, path: string): Promise<void> {
  if (!version) return;
  const expected = await version.expected(folder);
  const { stdout, stderr } = await run([path, ...version.args], { env: {} });
  if (stdout.trim().split(' ').at(-1) === expected) return;
  throw new Error(
    `${path} reports the version "${stdout.trim() || stderr.trim()}", but ${join(folder, 'go.mod')} requires ${expected}; delete it, and run \`npm run test:setup -- ${name}\``,
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

const isSource = (name: string) => name.endsWith('.go') || name === 'go.mod' || name === 'go.sum';

async function pathOf({ name, folder }: GoProgram): Promise<string> {
  const ingredients: (string | Buffer)[] = [];
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

async function goBuild({ folder, package: target, ldflags }: GoProgram, output: string): Promise<void> {
  // -v prints the name of each package that is compiled, which shows progress.
  const args = ['build', '-v', '-trimpath', '-ldflags', await ldflags(folder), '-o', output, target];
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

/** Without them the binary reports v0.0.0-master, and clients adapt to the reported version. */
async function kubernetesVersionStamps(folder: string): Promise<string> {
  const version = await kubernetesVersion(folder);
  const [major, minor] = version.slice(1).split('.');
  const stamp = { gitVersion: version, gitMajor: major, gitMinor: minor };
  const stamps = Object.entries(stamp).map(([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`);
  return ['-s', '-w', ...stamps].join(' ');
}

/** The version of the tests' control plane, such as `v1.36.3`. */
export function controlPlaneVersion(): Promise<string> {
  return kubernetesVersion(controlPlane.folder);
}

async function kubernetesVersion(folder: string): Promise<string> {
  const version = /^\s+k8s\.io\/kubernetes (v\d+\.\d+\.\d+)$/m.exec(await readFile(join(folder, 'go.mod'), 'utf8'));
  if (!version?.[1]) throw new Error(`${join(folder, 'go.mod')} does not require a release of k8s.io/kubernetes`);
  return version[1];
}
