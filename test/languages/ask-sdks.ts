// Runs SDKs of other languages in a process with exactly the environment and the files of a pod's container.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { languagesBinary } from '../../testing/binary.ts';
import { languagesPackages, pythonWith } from '../../testing/python.ts';
import { run } from '../../testing/run.ts';
import { startClouds } from '../sdk/clouds.ts';
import type { AdmittedPod, FederatedCluster, TokenOptions } from '../sdk/federated-cluster.ts';
import type { SdkResult } from '../sdk/in-container/get-credentials.ts';
import { startConnectProxy } from './connect-proxy.ts';

const pythonProgram = join(import.meta.dirname, 'programs', 'credentials.py');

/** The command of each language's program; its arguments are names of services. */
const commands = {
  python: async () => [await pythonWith(languagesPackages), '-I', pythonProgram] as const,
  go: async () => [await languagesBinary()] as const,
};

export type Language = keyof typeof commands;

/** Asks the SDK for the credentials of `service`, as a program in the container `app` does. */
export async function askSdk(
  cluster: Pick<FederatedCluster, 'identity'>,
  pod: Pick<AdmittedPod, 'root' | 'start'>,
  { language, service, ...options }: TokenOptions & { readonly language: Language; readonly service: string },
): Promise<SdkResult> {
  const clouds = await startClouds(cluster.identity, pod.root);
  const proxy = await startConnectProxy(clouds.ports);
  try {
    const { env } = await pod.start('app', options);
    const home = join(pod.root, 'home');
    await mkdir(home, { recursive: true });
    const image = { HOME: home, PATH: join(pod.root, 'bin'), HTTPS_PROXY: proxy.url };
    const authorities = { SSL_CERT_FILE: clouds.caPath, REQUESTS_CA_BUNDLE: clouds.caPath };
    const [program, ...args] = await commands[language]();
    const { code, stdout, stderr } = await run([program, ...args, service], {
      env: { ...image, ...authorities, ...env },
    });
    if (code !== 0) throw new Error(`the program for ${language} ended with ${code}:\n${stderr}`);
    if (proxy.unexpected.size > 0) throw new Error(`no fake for ${[...proxy.unexpected].join(', ')}`);
    return JSON.parse(stdout)[service];
  } finally {
    await proxy.stop();
    await clouds.stop();
  }
}
