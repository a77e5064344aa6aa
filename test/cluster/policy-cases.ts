// Pods that should have an identity, which the policies refuse without one, and pods that should not.

import type { ProviderId } from '../../lib/annotations/keys.ts';
import { type Annotations, type PodOptions, roleAnnotation, roleArn, type WorkloadKind } from './manifests.ts';

export interface Case {
  readonly sentence: string;
  /** The identity for which the pod is refused while the webhook is down; absent: it starts. */
  readonly refused?: string;
  /** Labels of the namespace; by default those with which its pods are sent to the webhook. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly namespaceAnnotations?: Annotations;
  readonly serviceAccountAnnotations?: Annotations;
  /** Annotations of the workload that creates the pod; its kind is `workload`, by default a Deployment. */
  readonly deploymentAnnotations?: Annotations;
  readonly workload?: WorkloadKind;
  readonly pod?: PodOptions;
}

const noInject = (id: ProviderId) => ({ [`cwii.dev/${id}-inject`]: 'false' });
const client = { 'cwii.dev/az-client-id': '11111111-2222-3333-4444-555555555555' };
const tenant = { 'cwii.dev/az-tenant-id': '66666666-7777-8888-9999-000000000000' };
const malformed = { 'cwii.dev/aws-role-arn': 'arn:aws:iam::123456789012:user/my-app' };
const container = (name: string, fields: object = {}) => ({ name, image: 'registry.example/app', ...fields });
const variables = (values: Readonly<Record<string, string>>) => ({
  env: Object.entries(values).map(([name, value]) => ({ name, value })),
});
const own = variables({ AWS_ROLE_ARN: roleArn('own'), AWS_WEB_IDENTITY_TOKEN_FILE: '/own/token' });

export const cases: readonly Case[] = [
  // Pods that should have an identity.
  { sentence: 'a role on the pod', refused: 'AWS', pod: { annotations: roleAnnotation('pod') } },
  { sentence: 'a role on the ServiceAccount', refused: 'AWS', serviceAccountAnnotations: roleAnnotation('account') },
  { sentence: 'a role on the namespace', refused: 'AWS', namespaceAnnotations: roleAnnotation('namespace') },
  { sentence: 'a role on the Deployment', refused: 'AWS', deploymentAnnotations: roleAnnotation('deployment') },
  {
    sentence: "a role on the ServiceAccount of a Deployment's pods",
    refused: 'AWS',
    workload: 'Deployment',
    serviceAccountAnnotations: roleAnnotation('account'),
  },
  {
    sentence: "a role on the ServiceAccount of a Job's pods",
    refused: 'AWS',
    workload: 'Job',
    serviceAccountAnnotations: roleAnnotation('account'),
  },
  {
    sentence: 'a role on the namespace that the ServiceAccount insists on',
    refused: 'AWS',
    namespaceAnnotations: { ...roleAnnotation('namespace'), ...noInject('aws') },
    serviceAccountAnnotations: { 'cwii.dev/aws-inject': 'true' },
  },
  {
    sentence: 'an invalid value of aws-inject, which is ignored',
    refused: 'AWS',
    pod: { annotations: { ...roleAnnotation('pod'), 'cwii.dev/aws-inject': 'no' } },
  },
  {
    sentence: 'white space around a role',
    refused: 'AWS',
    pod: { annotations: { 'cwii.dev/aws-role-arn': ` ${roleArn('pod')}\n` } },
  },
  {
    sentence: 'a client on the pod and a tenant on the namespace',
    refused: 'Azure',
    pod: { annotations: client },
    namespaceAnnotations: tenant,
  },
  {
    sentence: "a role in another product's annotation",
    refused: 'AWS',
    serviceAccountAnnotations: { 'eks.amazonaws.com/role-arn': roleArn('native') },
  },
  {
    sentence: 'a volume with a name like that of the token volume',
    refused: 'AWS',
    pod: { annotations: roleAnnotation('pod'), volumes: [{ name: 'cwii-aws-token-of-mine', emptyDir: {} }] },
  },
  {
    sentence: 'one of two containers with its own identity',
    refused: 'AWS',
    pod: { annotations: roleAnnotation('pod'), containers: [container('app', own), container('other')] },
  },
  {
    sentence: "a container that chooses a role for cwii's token",
    refused: 'AWS',
    pod: {
      annotations: roleAnnotation('pod'),
      containers: [container('app', variables({ AWS_ROLE_ARN: roleArn('own') }))],
    },
  },
  {
    sentence: "a container that chooses a client for cwii's token, from a Secret",
    refused: 'Azure',
    pod: {
      annotations: { ...client, ...tenant },
      containers: [
        container('app', {
          env: [{ name: 'AZURE_CLIENT_ID', valueFrom: { secretKeyRef: { name: 'azure', key: 'client' } } }],
        }),
      ],
    },
  },
  {
    sentence: 'only an init container included',
    refused: 'AWS',
    pod: {
      annotations: { ...roleAnnotation('pod'), 'cwii.dev/include-containers': 'first' },
      initContainers: [container('first')],
      containers: [container('app')],
    },
  },

  // A policy does not see the annotation that counts. It refuses these pods unless the webhook has seen them.
  {
    sentence: '"false" on the Deployment against its ServiceAccount',
    refused: 'AWS',
    deploymentAnnotations: noInject('aws'),
    serviceAccountAnnotations: roleAnnotation('account'),
  },
  {
    sentence: '"false" on the ServiceAccount against the Deployment',
    refused: 'AWS',
    deploymentAnnotations: roleAnnotation('deployment'),
    serviceAccountAnnotations: noInject('aws'),
  },
  {
    sentence: '"false" on a StatefulSet against the namespace',
    refused: 'AWS',
    workload: 'StatefulSet',
    deploymentAnnotations: noInject('aws'),
    namespaceAnnotations: roleAnnotation('namespace'),
  },

  // Pods that should have none, or of which no policy can tell.
  { sentence: 'no annotation' },
  {
    sentence: 'a role on a StatefulSet, which no policy sees',
    workload: 'StatefulSet',
    deploymentAnnotations: roleAnnotation('stateful-set'),
  },
  {
    sentence: 'a role on a Job, which no policy sees',
    workload: 'Job',
    deploymentAnnotations: roleAnnotation('job'),
  },
  {
    sentence: 'a namespace that is not sent to the webhook',
    labels: {},
    namespaceAnnotations: roleAnnotation('namespace'),
    pod: { annotations: roleAnnotation('pod') },
  },
  {
    sentence: '"false" on the pod',
    namespaceAnnotations: roleAnnotation('namespace'),
    serviceAccountAnnotations: roleAnnotation('account'),
    pod: { annotations: { ...roleAnnotation('pod'), 'cwii.dev/aws-inject': ' False ' } },
  },
  {
    sentence: '"false" on the ServiceAccount',
    serviceAccountAnnotations: noInject('aws'),
    namespaceAnnotations: roleAnnotation('namespace'),
  },
  {
    sentence: '"false" on the namespace',
    namespaceAnnotations: noInject('aws'),
    pod: { annotations: roleAnnotation('pod') },
  },
  {
    sentence: '"false" on the namespace with a role on the Deployment',
    namespaceAnnotations: noInject('aws'),
    deploymentAnnotations: roleAnnotation('deployment'),
  },
  {
    sentence: '"false" on the Deployment',
    deploymentAnnotations: { ...roleAnnotation('deployment'), ...noInject('aws') },
  },
  {
    sentence: '"false" on a Deployment\'s pods',
    deploymentAnnotations: roleAnnotation('deployment'),
    serviceAccountAnnotations: roleAnnotation('account'),
    pod: { annotations: noInject('aws') },
  },
  { sentence: 'an empty role', pod: { annotations: { 'cwii.dev/aws-role-arn': '  ' } } },
  { sentence: '"true" without a role', pod: { annotations: { 'cwii.dev/aws-inject': 'true' } } },
  { sentence: 'a malformed role on the ServiceAccount', serviceAccountAnnotations: malformed },
  { sentence: 'a malformed role on the namespace', namespaceAnnotations: malformed },
  { sentence: 'a client without any tenant', pod: { annotations: client } },
  {
    sentence: 'a cloud that is disabled',
    pod: {
      annotations: {
        'cwii.dev/gcp-service-account': 'a@b.iam.gserviceaccount.com',
        'cwii.dev/gcp-audience': '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/c',
      },
    },
  },
  {
    sentence: 'a container with a role of its own and static keys',
    pod: {
      annotations: roleAnnotation('pod'),
      containers: [container('app', variables({ AWS_ROLE_ARN: roleArn('own'), AWS_ACCESS_KEY_ID: 'AKIA' }))],
    },
  },
  {
    sentence: 'a container with an empty role',
    pod: { annotations: roleAnnotation('pod'), containers: [container('app', variables({ AWS_ROLE_ARN: '' }))] },
  },
  {
    sentence: 'a container with a tenant of its own, but no client',
    pod: {
      annotations: { ...client, ...tenant },
      containers: [container('app', variables({ AZURE_TENANT_ID: client['cwii.dev/az-client-id'] }))],
    },
  },
  {
    sentence: 'every container with its own identity',
    pod: { annotations: roleAnnotation('pod'), containers: [container('app', own)] },
  },
  {
    sentence: 'every container skipped',
    serviceAccountAnnotations: { ...roleAnnotation('account'), 'cwii.dev/skip-containers': 'app, other' },
    pod: { containers: [container('app'), container('other')] },
  },
  {
    sentence: "every container skipped with another product's annotation",
    pod: { annotations: { ...roleAnnotation('pod'), 'eks.amazonaws.com/skip-containers': 'app' } },
  },
  { sentence: 'a role on another ServiceAccount', pod: {} },
  {
    sentence: 'a mirror pod',
    pod: {
      annotations: { ...roleAnnotation('pod'), 'kubernetes.io/config.mirror': 'a1b2c3' },
      nodeName: 'node-1',
      serviceAccountName: '',
    },
  },
  {
    sentence: 'a pod that already has the token volume',
    pod: {
      annotations: roleAnnotation('pod'),
      volumes: [
        {
          name: 'cwii-aws-token',
          projected: {
            sources: [
              { serviceAccountToken: { path: 'token', audience: 'sts.amazonaws.com', expirationSeconds: 3600 } },
            ],
          },
        },
      ],
    },
  },
  {
    sentence: 'a pod that the webhook marked as without an identity',
    deploymentAnnotations: noInject('aws'),
    serviceAccountAnnotations: roleAnnotation('account'),
    pod: { annotations: { 'cwii.dev/injected': '' } },
  },
];
