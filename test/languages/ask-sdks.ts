// Asks an SDK of another language once for the credentials of a patched pod.

import { startClouds } from '../sdk/clouds.ts';
import type { AdmittedPod, FederatedCluster, TokenOptions } from '../sdk/federated-cluster.ts';
import type { SdkResult } from '../sdk/in-container/get-credentials.ts';
import { type Language, startSdk } from './sdk-process.ts';

/** Asks the SDK for the credentials of `service`, as a program in the container `app` does. */
export async function askSdk(
  cluster: Pick<FederatedCluster, 'identity'>,
  pod: Pick<AdmittedPod, 'root' | 'start'>,
  { language, service, ...options }: TokenOptions & { readonly language: Language; readonly service: string },
): Promise<SdkResult> {
  const clouds = await startClouds(cluster.identity, pod.root);
  try {
    const { env } = await pod.start('app', options);
    const sdk = await startSdk({ language, service, env, root: pod.root, clouds });
    const result = await sdk.ask();
    await sdk.stop();
    return result;
  } finally {
    await clouds.stop();
  }
}
