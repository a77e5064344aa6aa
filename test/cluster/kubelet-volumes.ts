// Makes the volumes of a stored pod with the kubelet's own code, and reads their files.

import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { controlPlaneBinary } from '../../testing/kubernetes.ts';
import { run } from '../../testing/run.ts';
import type { StoredPod } from './stored-pod.ts';

export interface VolumeFile {
  readonly content: string;
  /** Permission bits, in the octal notation of chmod. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
}

/** The directory of a node. */
export interface TestNode {
  /**
   * Makes or updates the projected and downwardAPI volumes of a pod.
   *
   * @returns a function that reads their files.
   */
  setUp(pod: StoredPod): Promise<(volume: string, file: string) => Promise<VolumeFile>>;
  remove(): Promise<void>;
}

/** @param kubeconfig for the API server that issues the tokens. */
export async function createTestNode(kubeconfig: string): Promise<TestNode> {
  const binary = await controlPlaneBinary();
  const directory = await mkdtemp(join(tmpdir(), 'cwii-test-node-'));
  return {
    setUp: async (pod) => {
      const flags = [`--kubeconfig=${kubeconfig}`, `--root-dir=${directory}`];
      const { code, stdout, stderr } = await run([binary, 'kubelet-volumes', ...flags], {
        env: { PATH: process.env.PATH },
        stdin: JSON.stringify(pod),
      });
      if (code !== 0) throw new Error(`the volumes of ${pod.metadata.name} could not be made: ${stderr}`);
      const paths = JSON.parse(stdout) as Readonly<Record<string, string>>;
      return (volume, file) => readVolumeFile(paths[volume], file);
    },
    remove: () => rm(directory, { recursive: true }),
  };
}

async function readVolumeFile(volumePath: string | undefined, file: string): Promise<VolumeFile> {
  if (volumePath === undefined) throw new Error('the pod has no projected or downwardAPI volume of this name');
  // The kubelet makes links; follow them, as a container does.
  const path = join(volumePath, file);
  const { mode, uid, gid } = await stat(path);
  return { content: await readFile(path, 'utf8'), mode: (mode & 0o777).toString(8).padStart(4, '0'), uid, gid };
}
