// Reads a cluster for a command that cannot do anything without it.

import { CwiiError } from '../../lib/common/errors.ts';
import { KubeApiError } from './kube-api-error.ts';
import { KubeClient } from './kube-client.ts';
import { type ClusterChoice, currentCluster, type KubeconfigCluster } from './kubectl.ts';

/** @throws {CwiiError} without kubectl or a context, and with its name if the cluster cannot be reached. */
export async function withCluster<T>(
  choice: ClusterChoice,
  read: (kube: KubeClient, kubeconfig: KubeconfigCluster) => Promise<T>,
): Promise<T> {
  const kubeconfig = currentCluster(choice);
  await using kube = await KubeClient.connect(choice);
  try {
    return await read(kube, kubeconfig);
  } catch (error) {
    if (!(error instanceof KubeApiError) || !error.isUnreachable) throw error;
    const { context, server } = kubeconfig;
    throw new CwiiError(
      'kubernetes-request-failed',
      `the API server of context ${context}, ${server}, cannot be reached: ${error.detail}; check its address and the network, or choose another context with --context`,
      { cause: error },
    );
  }
}
