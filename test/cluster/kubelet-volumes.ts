// Knows how a stored pod's volumes are made by the kubelet's own code (control-plane/kubelet_volumes.go), and how they
// are looked at.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { controlPlaneBinary } from '../../testing/binary.ts';
import type { StoredPod } from './stored-pod.ts';

export interface VolumeFile {
  readonly content: string;
  /** Permission bits, in the octal notation of chmod. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
}

/** A node as far as its directory goes. */
export interface TestNode {
  /** Makes the projected and downwardAPI volumes of a pod, or what has changed of them; reads a file by its volume. */
  setUp(pod: StoredPod): Promise<(volume: string, file: string) => Promise<VolumeFile>>;
  remove(): Promise<void>;
}

/** @param kubeconfig the API server that gives the tokens. */
export async function createTestNode(kubeconfig: string): Promise<TestNode> {
  const binary = await controlPlaneBinary();
  const directory = await mkdtemp(join(tmpdir(), 'cwii-test-node-'));
  return {
    setUp: async (pod) => {
      const flags = [`--kubeconfig=${kubeconfig}`, `--root-dir=${directory}`];
      const child = spawn(binary, ['kubelet-volumes', ...flags], { env: { PATH: process.env.PATH } });
      const ended = new Promise<number | null>((resolve, reject) => {
        child.on('error', reject);
        child.on('close', resolve);
      });
      // If it fails before it has read the pod, its code and words tell of that.
      child.stdin.on('error', () => undefined).end(JSON.stringify(pod));
      const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
      if (code !== 0) throw new Error(`the volumes of ${pod.metadata.name} could not be made: ${stderr}`);
      const paths = JSON.parse(stdout) as Readonly<Record<string, string>>;
      return (volume, file) => readVolumeFile(paths[volume], file);
    },
    remove: () => rm(directory, { recursive: true }),
  };
}

async function readVolumeFile(volumePath: string | undefined, file: string): Promise<VolumeFile> {
  if (volumePath === undefined) throw new Error('the pod has no projected or downwardAPI volume of this name');
  // Through the kubelet's links, as a container sees it.
  const path = join(volumePath, file);
  const { mode, uid, gid } = await stat(path);
  return { content: await readFile(path, 'utf8'), mode: (mode & 0o777).toString(8).padStart(4, '0'), uid, gid };
}
