// Runs the SDKs of the clouds in a process with exactly the environment and the files of a pod's container.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { run } from '../../testing/run.ts';
import { type CloudRequests, type Clouds, startClouds } from './clouds.ts';
import { type Kubelet, type RunnablePod, startContainer } from './container.ts';
import type { SdkResult, Way } from './in-container/get-credentials.ts';
import type { ClusterIdentity } from './token-issuer.ts';

export interface SdkRun<W extends Way> {
  /** The credentials or the error of each SDK. */
  readonly results: Readonly<Record<W, SdkResult>>;
  /** The requests to the clouds. */
  readonly requests: CloudRequests;
}

/** A compile cache for all processes, because the SDKs are large. */
const NODE_COMPILE_CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'cwii-test-sdk');

const program = join(import.meta.dirname, 'in-container', 'get-credentials.ts');
const nameResolution = pathToFileURL(join(import.meta.dirname, 'in-container', 'name-resolution.ts'));

/**
 * Starts a container of `pod` and asks the SDKs in it for credentials, one after another.
 *
 * @param pod the pod as it would be stored after its patch.
 * @param cluster the cluster that the clouds trust; see trust.ts.
 */
export async function runSdks<W extends Way>(
  pod: RunnablePod,
  container: string,
  ways: readonly W[],
  { kubelet, cluster }: { readonly kubelet: Kubelet; readonly cluster: ClusterIdentity },
): Promise<SdkRun<W>> {
  const clouds = await startClouds(cluster, kubelet.root);
  try {
    return { results: await askSdks(pod, container, ways, kubelet, clouds), requests: clouds.requests };
  } finally {
    await clouds.stop();
  }
}

/** The same, with clouds that run already. */
export async function askSdks<W extends Way>(
  pod: RunnablePod,
  container: string,
  ways: readonly W[],
  kubelet: Kubelet,
  clouds: Pick<Clouds, 'ports' | 'caPath'>,
): Promise<SdkRun<W>['results']> {
  const { env } = await startContainer(pod, container, kubelet);
  // An image adds a home and a PATH, which here has no command-line tools of the clouds.
  const image = { HOME: join(kubelet.root, 'home'), PATH: join(kubelet.root, 'bin'), NODE_COMPILE_CACHE };
  await mkdir(image.HOME, { recursive: true });
  const { code, signal, stdout, stderr } = await run([...nodeProgram(clouds), ...ways], {
    env: { ...image, NODE_EXTRA_CA_CERTS: clouds.caPath, ...env },
  });
  if (code !== 0) throw new Error(`the process of the SDKs ended with ${signal ?? code}:\n${stderr}`);
  return JSON.parse(stdout);
}

/** The command of the program with the SDKs for Node.js, which connects to the fakes. */
export function nodeProgram({ ports }: Pick<Clouds, 'ports'>): [string, ...string[]] {
  const preload = new URL(nameResolution);
  for (const [host, port] of Object.entries(ports)) preload.searchParams.set(host, String(port));
  return [process.execPath, '--import', preload.href, program];
}
