// Knows pods that policies have to tell apart: those that should have an identity, and all others.
import type { ProviderId } from '../../lib/annotations/keys.ts';
import { type Annotations, asks, type PodOptions, roleArn, type WorkloadKind } from './manifests.ts';

export interface Case {
  readonly sentence: string;
  /** The cloud for which the pod is refused while the webhook is away; absent: it starts. */
  readonly refused?: 'AWS' | 'Azure' | 'GCP';
  /** Of the namespace; by default it is sent to the webhook. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly namespaceAnnotations?: Annotations;
  readonly serviceAccountAnnotations?: Annotations;
  /** Of the workload that makes the pod: a Deployment unless said otherwise. */
  readonly deploymentAnnotations?: Annotations;
  readonly workload?: WorkloadKind;
  readonly pod?: PodOptions;
}

const never = (id: ProviderId) => ({ [`cwii.dev/${id}-inject`]: 'false' });
const client = { 'cwii.dev/az-client-id': '11111111-2222-3333-4444-555555555555' };
const tenant = { 'cwii.dev/az-tenant-id': '66666666-7777-8888-9999-000000000000' };
const malformed = { 'cwii.dev/aws-role-arn': 'arn:aws:iam::123456789012:user/my-app' };
const container = (name: string, fields: object = {}) => ({ name, image: 'registry.example/app', ...fields });
const own = { env: [{ name: 'AWS_ROLE_ARN', value: roleArn('own') }] };

export const cases: readonly Case[] = [
  // What should have an identity.
  { sentence: 'a role on the pod', refused: 'AWS', pod: { annotations: asks('pod') } },
  { sentence: 'a role on the ServiceAccount', refused: 'AWS', serviceAccountAnnotations: asks('account') },
  { sentence: 'a role on the namespace', refused: 'AWS', namespaceAnnotations: asks('namespace') },
  { sentence: 'a role on the Deployment', refused: 'AWS', deploymentAnnotations: asks('deployment') },
  {
    sentence: "a role on the ServiceAccount of a Deployment's pods",
    refused: 'AWS',
    workload: 'Deployment',
    serviceAccountAnnotations: asks('account'),
  },
  {
    sentence: "a role on the ServiceAccount of a Job's pods",
    refused: 'AWS',
    workload: 'Job',
    serviceAccountAnnotations: asks('account'),
  },
  {
    sentence: 'a role on the namespace that the ServiceAccount insists on',
    refused: 'AWS',
    namespaceAnnotations: { ...asks('namespace'), ...never('aws') },
    serviceAccountAnnotations: { 'cwii.dev/aws-inject': 'true' },
  },
  {
    sentence: 'a "false" that cannot be read is none',
    refused: 'AWS',
    pod: { annotations: { ...asks('pod'), 'cwii.dev/aws-inject': 'no' } },
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
    sentence: 'a volume of the name that is no token',
    refused: 'AWS',
    // The webhook refuses it as well, so only its absence is looked at.
    pod: { annotations: asks('pod'), volumes: [{ name: 'cwii-aws-token-of-mine', emptyDir: {} }] },
  },
  {
    sentence: 'one container of two keeps its own identity',
    refused: 'AWS',
    pod: { annotations: asks('pod'), containers: [container('app', own), container('other')] },
  },
  {
    sentence: 'an init container is all that is included',
    refused: 'AWS',
    pod: {
      annotations: { ...asks('pod'), 'cwii.dev/include-containers': 'first' },
      initContainers: [container('first')],
      containers: [container('app')],
    },
  },

  // What counts, a policy does not see: it refuses while the webhook is away; once the webhook has decided, it does not.
  {
    sentence: '"false" on the Deployment against its ServiceAccount',
    refused: 'AWS',
    deploymentAnnotations: never('aws'),
    serviceAccountAnnotations: asks('account'),
  },
  {
    sentence: '"false" on the ServiceAccount against the Deployment',
    refused: 'AWS',
    deploymentAnnotations: asks('deployment'),
    serviceAccountAnnotations: never('aws'),
  },
  {
    sentence: '"false" on a StatefulSet against the namespace',
    refused: 'AWS',
    workload: 'StatefulSet',
    deploymentAnnotations: never('aws'),
    namespaceAnnotations: asks('namespace'),
  },

  // All others.
  { sentence: 'nobody asks' },
  {
    sentence: 'a role on a StatefulSet, which no policy sees',
    workload: 'StatefulSet',
    deploymentAnnotations: asks('stateful-set'),
  },
  {
    sentence: 'a role on a Job, which no policy sees',
    workload: 'Job',
    deploymentAnnotations: asks('job'),
  },
  {
    sentence: 'a namespace that is not sent to the webhook',
    labels: {},
    namespaceAnnotations: asks('namespace'),
    pod: { annotations: asks('pod') },
  },
  {
    sentence: '"false" on the pod',
    namespaceAnnotations: asks('namespace'),
    serviceAccountAnnotations: asks('account'),
    pod: { annotations: { ...asks('pod'), 'cwii.dev/aws-inject': ' False ' } },
  },
  {
    sentence: '"false" on the ServiceAccount',
    serviceAccountAnnotations: never('aws'),
    namespaceAnnotations: asks('namespace'),
  },
  { sentence: '"false" on the namespace', namespaceAnnotations: never('aws'), pod: { annotations: asks('pod') } },
  {
    sentence: '"false" on the namespace with a role on the Deployment',
    namespaceAnnotations: never('aws'),
    deploymentAnnotations: asks('deployment'),
  },
  { sentence: '"false" on the Deployment', deploymentAnnotations: { ...asks('deployment'), ...never('aws') } },
  {
    sentence: '"false" on a Deployment\'s pods',
    deploymentAnnotations: asks('deployment'),
    serviceAccountAnnotations: asks('account'),
    pod: { annotations: never('aws') },
  },
  { sentence: 'an empty role', pod: { annotations: { 'cwii.dev/aws-role-arn': '  ' } } },
  { sentence: '"true" without a role', pod: { annotations: { 'cwii.dev/aws-inject': 'true' } } },
  { sentence: 'a malformed role on the ServiceAccount', serviceAccountAnnotations: malformed },
  { sentence: 'a malformed role on the namespace', namespaceAnnotations: malformed },
  { sentence: 'a client without any tenant', pod: { annotations: client } },
  {
    sentence: 'a cloud that is switched off',
    pod: {
      annotations: {
        'cwii.dev/gcp-service-account': 'a@b.iam.gserviceaccount.com',
        'cwii.dev/gcp-audience': '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/c',
      },
    },
  },
  {
    sentence: 'every container keeps its own identity',
    pod: { annotations: asks('pod'), containers: [container('app', own)] },
  },
  {
    sentence: 'every container is skipped',
    serviceAccountAnnotations: { ...asks('account'), 'cwii.dev/skip-containers': 'app, other' },
    pod: { containers: [container('app'), container('other')] },
  },
  {
    sentence: 'every container is skipped in the words of another product',
    pod: { annotations: { ...asks('pod'), 'eks.amazonaws.com/skip-containers': 'app' } },
  },
  { sentence: 'the role is that of another ServiceAccount', pod: {} },
  {
    sentence: 'a mirror pod',
    pod: {
      annotations: { ...asks('pod'), 'kubernetes.io/config.mirror': 'a1b2c3' },
      nodeName: 'node-1',
      serviceAccountName: '',
    },
  },
  {
    sentence: 'a pod that the webhook gave its token before',
    pod: {
      annotations: asks('pod'),
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
    sentence: 'a pod on which the webhook decided that it gets none',
    deploymentAnnotations: never('aws'),
    serviceAccountAnnotations: asks('account'),
    pod: { annotations: { 'cwii.dev/injected': '' } },
  },
];
