// Pods that get the same from the policies as from the webhook, one for each thing that the policies do.

import type { Annotations, PodOptions } from '../manifests.ts';
import { roleAnnotation } from '../manifests.ts';
import { gcpProvider } from '../three-clouds.ts';

export interface PolicyCase {
  readonly sentence: string;
  readonly ofNamespace?: Annotations;
  readonly ofAccount?: Annotations;
  readonly pod?: PodOptions;
  /** The identities on the pod; undefined for none. */
  readonly injected?: string;
}

const client = { 'cwii.dev/az-client-id': '11111111-2222-3333-4444-555555555555' };
const tenant = { 'cwii.dev/az-tenant-id': '66666666-7777-8888-9999-000000000000' };
const account = { 'cwii.dev/gcp-service-account': 'my-app@my-project.iam.gserviceaccount.com' };
const provider = { 'cwii.dev/gcp-audience': gcpProvider };
const container = (name: string, fields: object = {}) => ({ name, image: 'registry.example/app', ...fields });
const variables = (values: Readonly<Record<string, string>>) => ({
  env: Object.entries(values).map(([name, value]) => ({ name, value })),
});

export const policyCases: readonly PolicyCase[] = [
  { sentence: 'a role on the pod', pod: { annotations: roleAnnotation('pod') }, injected: 'aws' },
  { sentence: 'a role on the ServiceAccount', ofAccount: roleAnnotation('account'), injected: 'aws' },
  { sentence: 'a role on the namespace', ofNamespace: roleAnnotation('namespace'), injected: 'aws' },
  {
    sentence: 'each key from the most specific scope that sets it',
    ofNamespace: { ...roleAnnotation('namespace'), 'cwii.dev/aws-region': 'eu-west-1', ...client, ...tenant },
    ofAccount: { ...roleAnnotation('account'), 'cwii.dev/az-inject': 'false' },
    pod: { annotations: { 'cwii.dev/aws-region': 'eu-central-1', 'cwii.dev/az-inject': ' True ' } },
    injected: 'aws,az',
  },
  {
    sentence: '"false" on the pod against its ServiceAccount',
    ofAccount: roleAnnotation('account'),
    pod: { annotations: { 'cwii.dev/aws-inject': 'false' } },
  },
  { sentence: 'no annotation' },
  {
    sentence: 'three clouds with their options',
    ofAccount: {
      ...roleAnnotation('account'),
      'cwii.dev/aws-set-default-region': 'true',
      'cwii.dev/aws-region': 'us-east-1',
      'cwii.dev/aws-role-session-name': '$(pod.name)',
      'cwii.dev/aws-sts-regional-endpoints': 'true',
      'cwii.dev/aws-audience': 'my-audience',
      ...client,
      ...tenant,
      'cwii.dev/az-authority-host': 'https://login.microsoftonline.us',
      'cwii.dev/az-token-expiration': '100000',
      ...account,
      ...provider,
      'cwii.dev/gcp-project': 'my-project',
      'cwii.dev/gcp-token-audience': 'sts.googleapis.com',
      'cwii.dev/gcp-token-lifetime': '7200',
    },
    injected: 'aws,az,gcp',
  },
  {
    sentence: 'direct federation with GCP',
    ofNamespace: { ...provider, 'cwii.dev/gcp-inject': 'true' },
    injected: 'gcp',
  },
  {
    sentence: 'init containers and native sidecars',
    ofAccount: roleAnnotation('account'),
    pod: {
      initContainers: [container('first'), container('proxy', { restartPolicy: 'Always' })],
      containers: [container('app')],
    },
    injected: 'aws',
  },
  {
    sentence: 'chosen and skipped containers',
    ofAccount: { ...roleAnnotation('account'), 'cwii.dev/include-containers': 'app, proxy' },
    pod: {
      annotations: { 'cwii.dev/skip-containers': 'proxy' },
      containers: [container('app'), container('proxy'), container('other')],
    },
    injected: 'aws',
  },
  {
    sentence: 'containers with an identity of their own, or with a part of one',
    ofAccount: { ...roleAnnotation('account'), 'cwii.dev/aws-region': 'eu-central-1', ...client, ...tenant },
    pod: {
      containers: [
        container('own', variables({ AWS_ROLE_ARN: 'own', AWS_WEB_IDENTITY_TOKEN_FILE: '/own/token' })),
        container('role', variables({ AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/own', AZURE_CLIENT_ID: 'own' })),
        container('keys', variables({ AWS_ROLE_ARN: 'own', AWS_ACCESS_KEY_ID: 'AKIA', AZURE_TENANT_ID: 'own' })),
        container('region', variables({ AWS_DEFAULT_REGION: 'us-east-1', AZURE_CLIENT_ID: '' })),
      ],
    },
    injected: 'aws,az',
  },
  {
    sentence: 'roles of single containers',
    ofAccount: { ...roleAnnotation('account'), 'cwii.dev/aws-role-arn.envoy': 'arn:aws:iam::123456789012:role/envoy' },
    pod: { containers: [container('app'), container('envoy')] },
    injected: 'aws',
  },
  {
    sentence: 'a container with a mount in the way',
    ofAccount: roleAnnotation('account'),
    pod: {
      volumes: [{ name: 'secret', secret: { secretName: 'own' } }],
      containers: [
        container('app', { volumeMounts: [{ name: 'secret', mountPath: '/run/secrets' }] }),
        container('other'),
      ],
    },
    injected: 'aws',
  },
  {
    sentence: 'a Windows pod',
    ofAccount: { ...roleAnnotation('account'), ...account, ...provider },
    pod: { nodeSelector: { 'kubernetes.io/os': 'windows' } },
    injected: 'aws,gcp',
  },
  {
    sentence: 'services of the catalogue, with a file',
    ofAccount: {
      'cwii.dev/hcp-provider':
        'iam/project/11111111-2222-3333-4444-555555555555/service-principal/my-app/workload-identity-provider/my-cluster',
      'cwii.dev/stackit-service-account-email': 'my-app-1a2b3c4d@sa.stackit.cloud',
      'cwii.dev/stackit-token-expiration': '7200',
    },
    injected: 'hcp,stackit',
  },
  {
    sentence: "a service of the cluster's owner",
    ofAccount: { 'cwii.dev/openbao-role': 'my-app' },
    injected: 'openbao',
  },
  {
    sentence: 'tokens of any audience',
    ofNamespace: { 'cwii.dev/token-vault': 'vault.example.com', 'cwii.dev/token-broker': 'broker.example.com' },
    ofAccount: { 'cwii.dev/token-vault-env': 'VAULT_TOKEN_FILE', 'cwii.dev/token-broker-inject': 'false' },
    pod: { annotations: { 'cwii.dev/token-api': 'api.example.com', 'cwii.dev/token-api-expiration': '600' } },
    injected: 'api,vault',
  },
];
