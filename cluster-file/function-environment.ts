// The whole environment that a deployment of a cluster gives the webhook function.

import type { Cluster } from './cluster-file.ts';
import { functionSettings } from './function-settings.ts';

/**
 * Also variables that are equal to a default. The constructs of infra/ make the same from their properties; a
 * test compares both.
 *
 * @param tokenSecretArn of the stack's secret, for the credential `secret`.
 */
export function functionEnvironment(cluster: Cluster, tokenSecretArn: string | undefined): Record<string, string> {
  const { name, api, callers, credential } = cluster;
  return {
    ...functionSettings(cluster),
    CWII_CLUSTER_NAME: name,
    ...(credential.none ? {} : { CWII_KUBE_API_URL: api.url, ...(api.ca !== undefined && { CWII_KUBE_CA: api.ca }) }),
    ...credentialVariables(credential, tokenSecretArn),
    ...joined('CWII_CALLER_TOKEN_SHA256', callers.tokenSha256),
    ...joined('CWII_PATH_KEY_SHA256', callers.pathKeySha256),
    ...joined('CWII_CALLER_SUBJECTS', callers.subjects),
    ...joined('CWII_CALLER_AUDIENCES', callers.audiences),
  };
}

function credentialVariables(
  { webIdentity, eks, secret }: Cluster['credential'],
  tokenSecretArn: string | undefined,
): Record<string, string> {
  if (webIdentity)
    return {
      CWII_KUBE_CREDENTIAL: `web-identity:${webIdentity.audience}`,
      CWII_WEB_IDENTITY_ALGORITHM: webIdentity.signingAlgorithm,
    };
  if (eks) return { CWII_KUBE_CREDENTIAL: `eks:${eks.cluster}` };
  return secret && tokenSecretArn !== undefined ? { CWII_KUBE_CREDENTIAL: `secret:${tokenSecretArn}` } : {};
}

function joined(name: string, values: readonly string[]): Record<string, string> {
  return values.length > 0 ? { [name]: values.join(',') } : {};
}
