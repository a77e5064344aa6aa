// Knows how the clouds' SDKs are run in a process that has exactly the environment and the files of a pod's container.

import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { type Questions, startClouds } from './clouds.ts';
import { type Kubelet, type RunnablePod, startContainer } from './container.ts';
import type { Said, Way } from './in-container/ask.ts';
import type { ClusterIdentity } from './token-issuer.ts';

export interface Asked<W extends Way> {
  /** What each SDK gave or how it failed. */
  readonly said: Readonly<Record<W, Said>>;
  /** What the clouds were asked for it. */
  readonly asked: Questions;
}

/** Keeps what Node.js made of the SDKs, which are large, from one process to the next. */
const NODE_COMPILE_CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'cwii-test-sdk');

const program = join(import.meta.dirname, 'in-container', 'ask.ts');
const nameResolution = pathToFileURL(join(import.meta.dirname, 'in-container', 'name-resolution.ts'));

/**
 * Starts a container of `pod`, and asks the SDKs in it, one after the other.
 *
 * @param pod patched, and as it would be stored.
 * @param cluster which the clouds trust; see trust.ts.
 */
export async function askSdks<W extends Way>(
  pod: RunnablePod,
  container: string,
  ways: readonly W[],
  { kubelet, cluster }: { readonly kubelet: Kubelet; readonly cluster: ClusterIdentity },
): Promise<Asked<W>> {
  const { env } = await startContainer(pod, container, kubelet);
  // What an image gives beside the pod: a home, and a PATH, on which there is no cloud's command line here.
  const image = { HOME: join(kubelet.root, 'home'), PATH: join(kubelet.root, 'bin'), NODE_COMPILE_CACHE };
  await mkdir(image.HOME, { recursive: true });
  const clouds = await startClouds(cluster, kubelet.root);
  try {
    const preload = new URL(nameResolution);
    for (const [host, port] of Object.entries(clouds.ports)) preload.searchParams.set(host, String(port));
    const stdout = await run(['--import', preload.href, program, ...ways], {
      ...image,
      NODE_EXTRA_CA_CERTS: clouds.caPath,
      ...env,
    });
    return { said: JSON.parse(stdout), asked: clouds.asked };
  } finally {
    await clouds.stop();
  }
}

async function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<unknown>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? code));
  });
  const [stdout, stderr, end] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (end !== 0) throw new Error(`the SDKs' process ended with ${end}:\n${stderr}`);
  return stdout;
}
