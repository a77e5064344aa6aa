// Knows how the binaries of tests are built and where they are kept: outside the repository, under names derived from
// their sources, so that each is built once on each machine and again only when those change.
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, constants, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

interface GoProgram {
  readonly name: string;
  /** Of its go.mod, below test/cluster. */
  readonly folder: string;
  readonly package: string;
  /** Roughly, on 2 cores. */
  readonly minutes: number;
  ldflags(folder: string): Promise<string>;
}

const controlPlane: GoProgram = {
  name: 'control-plane',
  folder: './control-plane/',
  package: '.',
  minutes: 4,
  ldflags: kubernetesVersionStamps,
};

/** The release itself, unchanged. */
const authenticator: GoProgram = {
  name: 'aws-iam-authenticator',
  folder: './authenticator/',
  package: 'sigs.k8s.io/aws-iam-authenticator/cmd/aws-iam-authenticator',
  minutes: 2,
  ldflags: async () => '-s -w',
};

const isSource = (name: string) => name.endsWith('.go') || name === 'go.mod' || name === 'go.sum';
const inThisProcess = new Map<GoProgram, Promise<string>>();

/**
 * The path of the binary that is etcd, kube-apiserver, kube-controller-manager, kubectl or kubelet-volumes by its first
 * argument. Builds it if this machine has none of these sources yet: about 4 minutes on 2 cores, and 3.5 GB of disk in Go's caches.
 */
export function controlPlaneBinary(): Promise<string> {
  return builtOnce(controlPlane);
}

/** The path of aws-iam-authenticator; built like the control plane, within about 2 minutes. */
export function authenticatorBinary(): Promise<string> {
  return builtOnce(authenticator);
}

function builtOnce(program: GoProgram): Promise<string> {
  const path = inThisProcess.get(program) ?? findOrBuild(program);
  inThisProcess.set(program, path);
  return path;
}

async function pathOf({ name, folder }: GoProgram): Promise<string> {
  const directory = directoryOf(folder);
  const hash = createHash('sha256');
  for (const source of (await readdir(directory)).filter(isSource).sort()) {
    hash.update(`${source}\0`).update(await readFile(join(directory, source)));
  }
  hash.update(await goPlatform());
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'cwii', `${name}-${hash.digest('hex').slice(0, 16)}`);
}

function directoryOf(folder: string): string {
  return fileURLToPath(new URL(folder, import.meta.url));
}

async function findOrBuild(program: GoProgram): Promise<string> {
  const path = await pathOf(program);
  if (await isExecutable(path)) return path;
  const unfinished = `${path}.${process.pid}.unfinished`;
  await mkdir(join(path, '..'), { recursive: true });
  process.stderr.write(
    `building ${program.name} for tests into ${path}: takes about ${program.minutes} minutes, once\n`,
  );
  const startedAt = performance.now();
  try {
    await goBuild(program, unfinished);
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  process.stderr.write(`built ${program.name} in ${seconds} s\n`);
  return path;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw new Error(`the test program ${path} cannot be run; delete it to have it built anew`, { cause: error });
  }
}

async function goPlatform(): Promise<string> {
  try {
    return (await promisify(execFile)('go', ['env', 'GOOS', 'GOARCH'], { cwd: directoryOf(controlPlane.folder) }))
      .stdout;
  } catch (error) {
    throw goFailure(error);
  }
}

async function goBuild({ folder, package: target, ldflags }: GoProgram, output: string): Promise<void> {
  const cwd = directoryOf(folder);
  const args = ['build', '-trimpath', '-ldflags', await ldflags(cwd), '-o', output, target];
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' };
  await new Promise<void>((resolve, reject) => {
    const go = spawn('go', args, { cwd, env, stdio: ['ignore', 2, 2] });
    go.on('error', (error) => reject(goFailure(error)));
    go.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`go build of ${cwd} ended with ${signal ?? `code ${code}`}: see its output above`));
    });
  });
}

/** A binary built outside Kubernetes' own scripts calls itself v0.0.0-master, and clients judge it by that. */
async function kubernetesVersionStamps(folder: string): Promise<string> {
  const version = await kubernetesVersion(folder);
  const [major, minor] = version.slice(1).split('.');
  const stamp = { gitVersion: version, gitMajor: major, gitMinor: minor };
  const stamps = Object.entries(stamp).map(([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`);
  return ['-s', '-w', ...stamps].join(' ');
}

async function kubernetesVersion(folder: string): Promise<string> {
  const version = /^\s+k8s\.io\/kubernetes (v\d+\.\d+\.\d+)$/m.exec(await readFile(join(folder, 'go.mod'), 'utf8'));
  if (!version?.[1]) throw new Error(`${join(folder, 'go.mod')} requires no release of k8s.io/kubernetes`);
  return version[1];
}

function goFailure(error: unknown): Error {
  const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  const remedy = missing
    ? 'no `go` on PATH: the cluster tests build a real control plane; install Go 1.26 or newer from https://go.dev/dl'
    : 'running `go` failed; try `go env` by hand';
  return new Error(remedy, { cause: error });
}
