// Translates a cluster of cwii.yaml into properties of the constructs.

import type { Cluster } from '../cluster-file/cluster-file.ts';
import { functionSettings } from '../cluster-file/function-settings.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { ClusterCredential } from './cluster-credential.ts';
import type { WebhookSettings } from './webhook-environment.ts';

/** @param tokenSecret the credential of the stack's token secret, which `credential.secret` requires. */
export function credentialOf({ credential }: Cluster, tokenSecret: ClusterCredential | undefined): ClusterCredential {
  const { webIdentity, eks } = credential;
  if (tokenSecret) return tokenSecret;
  if (webIdentity) return ClusterCredential.webIdentity(webIdentity);
  return eks ? ClusterCredential.eks(eks.cluster) : ClusterCredential.none();
}

/** The properties that make up the environment of the webhook. With credential `none` it reads no cluster. */
export function webhookSettingsOf(cluster: Cluster, access: ClusterAccess): WebhookSettings {
  const { name, callers, credential } = cluster;
  return {
    cluster: credential.none ? { name, credential: access.credential } : access,
    callers,
    settings: functionSettings(cluster),
  };
}
