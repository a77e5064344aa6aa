// The credentials file of GCP: what is in it, and how it reaches a pod without a write to the cluster.

import { GCP_CREDENTIALS } from '../annotations/keys.ts';
import { literal, type OwnContainerPlan, type Volume, type VolumeMount } from '../injection/plan.ts';
import { planContainer } from './own-container.ts';
import type { PlanInput } from './provider.ts';
import { containerPath } from './token.ts';

const FILE = 'credentials.json';
const VOLUME = 'cwii-gcp-creds';

/**
 * An external_account credential (AIP-4117), which holds no secret: it says where the token is and who takes it.
 *
 * @param audience the provider's full name, beginning with `//`.
 */
export function credentialsJson(of: {
  readonly audience: string;
  readonly account: string | undefined;
  readonly tokenPath: string;
}): string {
  return JSON.stringify({
    type: 'external_account',
    audience: of.audience,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: 'https://sts.googleapis.com/v1/token',
    token_info_url: 'https://sts.googleapis.com/v1/introspect',
    ...(of.account !== undefined && {
      service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${of.account}:generateAccessToken`,
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

/** `downward-api`: the kubelet projects it from the pod's annotation. `init-container`: a container writes it once. */
export function deliverCredentials(
  kind: 'downward-api' | 'init-container',
  json: string,
  { mountRoot, pod, providers }: Pick<PlanInput, 'mountRoot' | 'pod' | 'providers'>,
): DeliveredCredentials {
  const mountPath = `${mountRoot}/gcp-creds`;
  const mount: VolumeMount = { name: VOLUME, mountPath, readOnly: true };
  const path = containerPath(`${mountPath}/${FILE}`, pod.windows);
  if (kind === 'downward-api') {
    const fieldRef = { apiVersion: 'v1', fieldPath: `metadata.annotations['${GCP_CREDENTIALS}']` };
    return { volume: { name: VOLUME, downwardAPI: { items: [{ path: FILE, fieldRef }] } }, mount, path, writers: [] };
  }
  const writer = planContainer(
    {
      role: 'writer',
      name: 'cwii-gcp-creds-writer',
      image: providers.gcp.writerImage,
      script: `printf '%s' "$CREDENTIALS" > ${mountPath}/${FILE}`,
      env: [literal('CREDENTIALS', json)],
      mounts: [{ name: VOLUME, mountPath }],
      resources: { cpuLimit: '100m', memoryRequest: '8Mi', memoryLimit: '32Mi' },
      volumes: [],
    },
    pod,
  );
  return { volume: { name: VOLUME, emptyDir: { sizeLimit: '1Mi' } }, mount, path, writers: [writer] };
}
