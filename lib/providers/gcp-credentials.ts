// GCP's credentials file: its content, and how it is delivered to a pod without a write to the cluster.

import { GCP_CREDENTIALS } from '../annotations/keys.ts';
import type { Pod } from '../kubernetes/pod.ts';
import type { MutateSettings } from '../settings/webhook-config.ts';
import { planContainer } from './own-container.ts';
import { literal, type OwnContainerPlan, type Volume, type VolumeMount } from './plan.ts';
import { containerPath } from './token.ts';

export const CREDENTIALS_FILE = 'credentials.json';
const VOLUME = 'cwii-gcp-creds';

/**
 * An external_account credential (AIP-4117). It contains no secret, only the path of the token and the URL of
 * its receiver.
 *
 * @param audience the full name of the workload identity provider, beginning with `//`.
 */
export function credentialsJson(of: {
  readonly audience: string;
  readonly account: string | undefined;
  readonly tokenPath: string;
  /** The lifetime of the access token of the service account, in seconds. */
  readonly lifetime?: number | undefined;
}): string {
  return JSON.stringify({
    type: 'external_account',
    audience: of.audience,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: 'https://sts.googleapis.com/v1/token',
    token_info_url: 'https://sts.googleapis.com/v1/introspect',
    ...(of.account !== undefined && {
      service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${of.account}:generateAccessToken`,
      ...(of.lifetime !== undefined && { service_account_impersonation: { token_lifetime_seconds: of.lifetime } }),
    }),
    credential_source: { file: of.tokenPath, format: { type: 'text' } },
  });
}

export interface DeliveredCredentials {
  readonly volume: Volume;
  readonly mount: VolumeMount;
  /** The file's path inside a container. */
  readonly path: string;
  readonly writers: readonly OwnContainerPlan[];
}

/**
 * @param kind `downward-api`: the kubelet projects the file from the pod's annotation; `init-container`: an
 * init container writes it once.
 */
export function deliverCredentials(
  kind: 'downward-api' | 'init-container',
  json: string,
  pod: Pod,
  { mountRoot, providers }: Pick<MutateSettings, 'mountRoot' | 'providers'>,
): DeliveredCredentials {
  const mountPath = `${mountRoot}/gcp-creds`;
  const mount: VolumeMount = { name: VOLUME, mountPath, readOnly: true };
  const path = containerPath(`${mountPath}/${CREDENTIALS_FILE}`, pod.windows);
  if (kind === 'downward-api') {
    const fieldRef = { apiVersion: 'v1', fieldPath: `metadata.annotations['${GCP_CREDENTIALS}']` };
    return {
      volume: { name: VOLUME, downwardAPI: { items: [{ path: CREDENTIALS_FILE, fieldRef }] } },
      mount,
      path,
      writers: [],
    };
  }
  const writer = planContainer(
    {
      role: 'writer',
      name: 'cwii-gcp-creds-writer',
      image: providers.gcp.writerImage,
      script: `printf '%s' "$CREDENTIALS" > ${mountPath}/${CREDENTIALS_FILE}`,
      env: [literal('CREDENTIALS', json)],
      mounts: [{ name: VOLUME, mountPath }],
      resources: { cpuLimit: '100m', memoryRequest: '8Mi', memoryLimit: '32Mi' },
    },
    pod,
  );
  return { volume: { name: VOLUME, emptyDir: { sizeLimit: '1Mi' } }, mount, path, writers: [writer] };
}
