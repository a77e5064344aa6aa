// Annotations that ask for all three clouds, and what containers get for them.

import { type Annotations, roleArn } from './manifests.ts';
import {
  apiTokenDirectory,
  containerOf,
  type StoredContainer,
  type StoredPod,
  type TokenSource,
} from './stored-pod.ts';

const account = 'my-app@my-project.iam.gserviceaccount.com';
export const gcpProvider =
  '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/my-pool/providers/my-cluster';
export const azure = {
  client: '11111111-2222-3333-4444-555555555555',
  tenant: '66666666-7777-8888-9999-000000000000',
} as const;

export const threeClouds: Annotations = {
  'cwii.dev/aws-role-arn': roleArn('three'),
  'cwii.dev/aws-region': 'eu-central-1',
  'cwii.dev/az-client-id': azure.client,
  'cwii.dev/az-tenant-id': azure.tenant,
  'cwii.dev/gcp-audience': `https:${gcpProvider}`,
  'cwii.dev/gcp-service-account': account,
  'cwii.dev/gcp-project': 'my-project',
};

export const threeVerifiers: Annotations = {
  'cwii.dev/aws-verify': 'true',
  'cwii.dev/az-verify': 'true',
  'cwii.dev/gcp-verify': 'true',
};

/** The variables of a container with all three identities. */
export const threeIdentities = {
  AWS_ROLE_ARN: roleArn('three'),
  AWS_WEB_IDENTITY_TOKEN_FILE: '/var/run/secrets/cwii.dev/aws/token',
  AWS_REGION: 'eu-central-1',
  AZURE_CLIENT_ID: azure.client,
  AZURE_TENANT_ID: azure.tenant,
  AZURE_FEDERATED_TOKEN_FILE: '/var/run/secrets/cwii.dev/az/token',
  AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
  GOOGLE_APPLICATION_CREDENTIALS: '/var/run/secrets/cwii.dev/gcp-creds/credentials.json',
  CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE: '/var/run/secrets/cwii.dev/gcp-creds/credentials.json',
  GOOGLE_CLOUD_PROJECT: 'my-project',
  CLOUDSDK_CORE_PROJECT: 'my-project',
} as const;

/** The mounts of a container with all three identities. */
export const threeMounts = [
  { name: 'cwii-aws-token', mountPath: '/var/run/secrets/cwii.dev/aws', readOnly: true },
  { name: 'cwii-az-token', mountPath: '/var/run/secrets/cwii.dev/az', readOnly: true },
  { name: 'cwii-gcp-token', mountPath: '/var/run/secrets/cwii.dev/gcp', readOnly: true },
  { name: 'cwii-gcp-creds', mountPath: '/var/run/secrets/cwii.dev/gcp-creds', readOnly: true },
] as const;

/** The content of the credentials file. */
export const gcpCredentials = {
  type: 'external_account',
  audience: gcpProvider,
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: 'https://sts.googleapis.com/v1/token',
  token_info_url: 'https://sts.googleapis.com/v1/introspect',
  service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${account}:generateAccessToken`,
  credential_source: { file: '/var/run/secrets/cwii.dev/gcp/token', format: { type: 'text' } },
} as const;

/** A container that Pod Security "restricted" admits, in a pod with `restrictedPod`. */
export function restrictedContainer(name: string, fields: object = {}) {
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  return { name, image: 'registry.example/app', securityContext, ...fields };
}

export const restrictedPod = {
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [restrictedContainer('app')],
};

/** The mounts of a container, except that of the API token. */
export function ownMounts(pod: StoredPod, container = 'app'): StoredContainer['volumeMounts'] {
  return containerOf(pod, container).volumeMounts?.filter(({ mountPath }) => mountPath !== apiTokenDirectory);
}

/** The token sources of cwii's volumes, by the name of the volume. */
export function tokenSources({ spec }: StoredPod): Readonly<Record<string, TokenSource>> {
  const ours = spec.volumes?.filter(({ name }) => name.startsWith('cwii-')) ?? [];
  const sources = ours.flatMap(({ name, projected }) =>
    (projected?.sources ?? []).map(({ serviceAccountToken }) => [name, serviceAccountToken] as const),
  );
  return Object.fromEntries(sources.filter((entry): entry is [string, TokenSource] => entry[1] !== undefined));
}

/** The claims of a token, without a check of its signature. */
export function claimsOf(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}
