// The tests' control plane and its Kubernetes version: the pinned one, or another one that a run chooses.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { binaryOf, type GoProgram } from './binary.ts';

/**
 * Chooses another version than the pinned one, such as `1.34`. A variable, so that all processes of a run see
 * it.
 */
export const KUBERNETES_VARIABLE = 'TEST_KUBERNETES';

/** Has the Go program, `go.mod` for the pinned version, and `go-1.34.mod` for each further one. */
const FOLDER = join(import.meta.dirname, 'control-plane');
const PINNED = 'go.mod';

/** The versions of which a control plane can be built, such as `1.34`, with their module files. */
export function kubernetesVersions(): ReadonlyMap<string, string> {
  const further = readdirSync(FOLDER).filter((name) => /^go-1\.\d+\.mod$/.test(name));
  return new Map([PINNED, ...further].map((file) => [minorVersion(releaseIn(FOLDER, file)), file] as const).sort());
}

/** The pinned version, such as `1.36`. */
export const pinnedKubernetes = () => minorVersion(releaseIn(FOLDER, PINNED));

/** The minor version of the control plane of this run, as a number: 36 for 1.36. */
export const kubernetesMinor = () => Number(chosenKubernetes().slice('1.'.length));

/** @throws if the run chose a version that has no module file. */
export function chosenKubernetes(): string {
  const chosen = process.env[KUBERNETES_VARIABLE] || pinnedKubernetes();
  const known = kubernetesVersions();
  if (known.has(chosen)) return chosen;
  throw new Error(`Kubernetes ${chosen} is not a version of the tests; choose among ${[...known.keys()].join(', ')}`);
}

/**
 * etcd, kube-apiserver, kube-controller-manager, kubectl and programs with the kubelet's code, chosen by the
 * first argument.
 */
export function controlPlane(): GoProgram {
  const version = chosenKubernetes();
  const moduleFile = kubernetesVersions().get(version) ?? PINNED;
  const isPinned = moduleFile === PINNED;
  return {
    name: isPinned ? 'control-plane' : `control-plane-${version}`,
    setup: isPinned ? 'control-plane' : `control-plane --kubernetes ${version}`,
    folder: FOLDER,
    moduleFile,
    package: '.',
    minutes: 4,
    version: { args: ['kube-apiserver', '--version'], expected: async (folder) => releaseIn(folder, moduleFile) },
    ldflags: async (folder) => versionStamps(releaseIn(folder, moduleFile)),
  };
}

/** @throws if it is not built, or has another version. */
export const controlPlaneBinary = () => binaryOf(controlPlane());

/** Without them the binary reports v0.0.0-master, and clients adapt to the reported version. */
function versionStamps(release: string): string {
  const [major, minor] = release.slice(1).split('.');
  const stamp = { gitVersion: release, gitMajor: major, gitMinor: minor };
  const stamps = Object.entries(stamp).map(([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`);
  return ['-s', '-w', ...stamps].join(' ');
}

/** The release that a module file requires, such as `v1.36.3`. */
function releaseIn(folder: string, moduleFile: string): string {
  const path = join(folder, moduleFile);
  const release = /^\s+k8s\.io\/kubernetes (v\d+\.\d+\.\d+)$/m.exec(readFileSync(path, 'utf8'));
  if (!release?.[1]) throw new Error(`${path} does not require a release of k8s.io/kubernetes`);
  return release[1];
}

/** `1.36` of `v1.36.3`. */
function minorVersion(release: string): string {
  return release.slice(1).split('.').slice(0, 2).join('.');
}
