// Pods of a deployment, and the identity that the AWS SDK finds in them.

import type { StoredPod } from '../cluster/stored-pod.ts';
import type { RunnablePod, TokenSource } from '../sdk/container.ts';
import { askSdks } from '../sdk/run-sdks.ts';
import type { Deployment } from './deployment.ts';

const way = 'aws default chain';

/** Creates a pod in the namespace `shop`. @throws {ApiError} if the API server rejects it. */
export function createPod(
  { cluster }: Deployment,
  name: string,
  serviceAccountName = 'checkout',
  annotations: Readonly<Record<string, string>> = {},
): Promise<StoredPod> {
  const spec = { serviceAccountName, containers: [{ name: 'app', image: 'registry.example/app' }] };
  return cluster.api('POST', '/api/v1/namespaces/shop/pods', { metadata: { name, annotations }, spec });
}

export function identityMark({ metadata }: StoredPod): string | undefined {
  return metadata.annotations?.['cwii.dev/injected'];
}

/**
 * Starts the pod's container with exactly its variables and files.
 *
 * @param token default: a new one, which the kubelet would request now.
 * @returns the access key of the session, or the error of the SDK.
 */
export async function assumeRole({ aws, cluster, directory }: Deployment, pod: StoredPod, token?: string) {
  const requestToken = ({ metadata, spec }: RunnablePod, { audience, expirationSeconds: seconds }: TokenSource) =>
    token ??
    cluster.serviceAccountToken(metadata.namespace, spec.serviceAccountName ?? '', { audiences: [audience], seconds });
  const kubelet = { root: directory, requestToken };
  const { [way]: result } = await askSdks(pod as RunnablePod, 'app', [way], kubelet, aws);
  return result.credentials?.['accessKeyId'] ?? result.error?.message;
}
