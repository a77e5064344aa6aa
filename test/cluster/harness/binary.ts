// Knows how the control plane's one binary is built and where it is kept: outside the repository, under a name
// derived from its sources, so that it is built once on each machine and again only when those change.
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, constants, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const sourceDirectory = fileURLToPath(new URL('../control-plane/', import.meta.url));
const isSource = (name: string) => name.endsWith('.go') || name === 'go.mod' || name === 'go.sum';

let inThisProcess: Promise<string> | undefined;

/**
 * The path of the binary that is etcd, kube-apiserver, kube-controller-manager, kubectl or kubelet-volumes by its first
 * argument. Builds it if this machine has none of these sources yet: about 4 minutes on 2 cores, and 3.5 GB of disk in Go's caches.
 */
export function controlPlaneBinary(): Promise<string> {
  inThisProcess ??= findOrBuild();
  return inThisProcess;
}

/** Where the binary of the present sources belongs, whether or not it is there. */
export async function controlPlaneBinaryPath(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(sourceDirectory)).filter(isSource).sort()) {
    hash.update(`${name}\0`).update(await readFile(join(sourceDirectory, name)));
  }
  hash.update(await goPlatform());
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'cwii', `control-plane-${hash.digest('hex').slice(0, 16)}`);
}

async function findOrBuild(): Promise<string> {
  const path = await controlPlaneBinaryPath();
  if (await isExecutable(path)) return path;
  const unfinished = `${path}.${process.pid}.unfinished`;
  await mkdir(join(path, '..'), { recursive: true });
  process.stderr.write(`building the test control plane into ${path}: takes about 4 minutes, once\n`);
  const startedAt = performance.now();
  try {
    await goBuild(unfinished);
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  process.stderr.write(`built the test control plane in ${seconds} s\n`);
  return path;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw new Error(`the test control plane ${path} cannot be run; delete it to have it built anew`, { cause: error });
  }
}

async function goPlatform(): Promise<string> {
  try {
    return (await promisify(execFile)('go', ['env', 'GOOS', 'GOARCH'], { cwd: sourceDirectory })).stdout;
  } catch (error) {
    throw goFailure(error);
  }
}

async function goBuild(output: string): Promise<void> {
  // A binary built outside Kubernetes' own scripts calls itself v0.0.0-master, and clients judge it by that.
  const version = await kubernetesVersion();
  const [major, minor] = version.slice(1).split('.');
  const stamp = { gitVersion: version, gitMajor: major, gitMinor: minor };
  const stamps = Object.entries(stamp).map(([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`);
  const args = ['build', '-trimpath', '-ldflags', ['-s', '-w', ...stamps].join(' '), '-o', output, '.'];
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' };
  await new Promise<void>((resolve, reject) => {
    const go = spawn('go', args, { cwd: sourceDirectory, env, stdio: ['ignore', 2, 2] });
    go.on('error', (error) => reject(goFailure(error)));
    go.on('close', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(`go build of ${sourceDirectory} ended with ${signal ?? `code ${code}`}: see its output above`),
        );
    });
  });
}

async function kubernetesVersion(): Promise<string> {
  const version = /^\s+k8s\.io\/kubernetes (v\d+\.\d+\.\d+)$/m.exec(
    await readFile(join(sourceDirectory, 'go.mod'), 'utf8'),
  );
  if (!version?.[1]) throw new Error(`${join(sourceDirectory, 'go.mod')} requires no release of k8s.io/kubernetes`);
  return version[1];
}

function goFailure(error: unknown): Error {
  const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  const remedy = missing
    ? 'no `go` on PATH: the cluster tests build a real control plane; install Go 1.26 or newer from https://go.dev/dl'
    : 'running `go` failed; try `go env` by hand';
  return new Error(remedy, { cause: error });
}
