// A made-up cluster of any size: workloads of which some ask for an identity, with pods that have it or not.

import { createRequest, patched } from '../../../cli/preview/admission.ts';
import { type Manifest, ManifestReader } from '../../../cli/preview/manifest-reader.ts';
import { mutate } from '../../../lib/admission/mutate.ts';
import { Deadline } from '../../../lib/common/deadline.ts';
import { parseMutateSettings } from '../../../lib/settings/webhook-config.ts';

const MADE_AT = '2026-11-01T00:00:00Z';
const ANNOTATED_AT = '2026-11-02T00:00:00Z';

/** The states of the workloads, which repeat. */
const kinds = [
  'ok',
  'ok',
  'nothing',
  'older',
  'nothing',
  'stale',
  'keys',
  'misspelt',
  'nothing',
  'azure',
  'gcp',
  'two',
];

export interface LargeCluster {
  readonly namespaces: readonly Manifest[];
  readonly serviceAccounts: readonly Manifest[];
  readonly deployments: readonly Manifest[];
  readonly replicaSets: readonly Manifest[];
  /** One for each workload, which its containers use with `envFrom`; as the API server lists metadata. */
  readonly configMaps: readonly Manifest[];
  pods(): AsyncGenerator<Manifest>;
}

const roleOf = (index: number) =>
  `arn:aws:iam::${123456789000 + (index % 4)}:role/team-${index % 40}/app-${index % 150}`;

function annotationsOf(index: number): Record<string, string> {
  const ids = {
    client: `11111111-2222-3333-4444-${String(index % 60).padStart(12, '0')}`,
    tenant: '99999999-8888-7777-6666-555555555555',
  };
  const provider =
    '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/prod/providers/k8s';
  switch (kinds[index % kinds.length]) {
    case 'nothing':
      return {};
    case 'misspelt':
      return { 'cwii.dev/aws-rol-arn': roleOf(index) };
    case 'azure':
      return { 'cwii.dev/az-client-id': ids.client, 'cwii.dev/az-tenant-id': ids.tenant };
    case 'gcp':
      return {
        'cwii.dev/gcp-service-account': `app-${index % 30}@shop-${index % 3}.iam.gserviceaccount.com`,
        'cwii.dev/gcp-audience': provider,
      };
    case 'two':
      return {
        'cwii.dev/aws-role-arn': roleOf(index),
        'cwii.dev/az-client-id': ids.client,
        'cwii.dev/az-tenant-id': ids.tenant,
      };
    default:
      return { 'cwii.dev/aws-role-arn': roleOf(index), 'cwii.dev/aws-region': 'eu-central-1' };
  }
}

export function largeCluster(workloads: number, podsOfEach: number): LargeCluster {
  const indexes = Array.from({ length: workloads }, (_, index) => index);
  const namespaceOf = (index: number) => `team-${String(index % 40).padStart(2, '0')}`;
  const uidOf = (kind: string, index: number) => `${kind}-0000-0000-0000-${String(index).padStart(12, '0')}`;
  const metadata = (kind: string, index: number, name: string) => ({
    name,
    namespace: namespaceOf(index),
    uid: uidOf(kind, index),
    creationTimestamp: MADE_AT,
  });
  const controller = (apiVersion: string, kind: string, name: string, uid: string) => [
    { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true },
  ];
  const template = (index: number) => ({
    metadata: { labels: { app: `app-${index}` } },
    spec: {
      serviceAccountName: `app-${index}`,
      containers: ['app', 'proxy'].map((name) => ({
        name,
        image: `registry.example.com/team/${name}:1.2.3`,
        envFrom: [{ configMapRef: { name: `app-${index}` } }],
        ports: [{ containerPort: 8080, protocol: 'TCP' }],
        env: Array.from({ length: 12 }, (_, at) => ({ name: `SETTING_${at}`, value: `a value of some length ${at}` })),
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
      })),
    },
  });
  const namespaces = Array.from({ length: 40 }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespaceOf(index), uid: uidOf('ns', index), labels: { 'cwii.dev/inject': 'enabled' } },
  }));
  const serviceAccounts = indexes.map((index): Manifest => {
    const annotations = annotationsOf(index);
    const fields = Object.fromEntries(Object.keys(annotations).map((key) => [`f:${key}`, {}]));
    const managedFields = [
      {
        manager: 'kubectl',
        operation: 'Update',
        time: ANNOTATED_AT,
        fieldsV1: { 'f:metadata': { 'f:annotations': fields } },
      },
    ];
    const own = { ...metadata('sa', index, `app-${index}`), annotations, managedFields };
    return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: own };
  });
  const deployments = indexes.map(
    (index): Manifest => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        ...metadata('deploy', index, `app-${index}`),
        annotations: { 'deployment.kubernetes.io/revision': '1' },
      },
      spec: { template: template(index) },
    }),
  );
  const replicaSets = indexes.map(
    (index): Manifest => ({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        ...metadata('rs', index, `app-${index}-5d4f8b9c7d`),
        annotations: { 'deployment.kubernetes.io/revision': '1' },
        ownerReferences: controller('apps/v1', 'Deployment', `app-${index}`, uidOf('deploy', index)),
      },
    }),
  );
  const configMaps = indexes.map((index): Manifest => {
    const names = Array.from({ length: 30 }, (_, at) => `OPTION_${at}_OF_APP_${index}`);
    if (kinds[index % kinds.length] === 'keys') names.push('AWS_ACCESS_KEY_ID');
    const fieldsV1 = { 'f:data': Object.fromEntries(names.map((name) => [`f:${name}`, {}])) };
    const managedFields = [{ manager: 'kubectl', operation: 'Update', time: ANNOTATED_AT, fieldsV1 }];
    return {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...metadata('cm', index, `app-${index}`), ...{ managedFields } },
    };
  });
  const settings = parseMutateSettings({});
  const reader = new ManifestReader([...namespaces, ...serviceAccounts, ...deployments, ...replicaSets]);
  const podOf = async (index: number, at: number): Promise<Manifest> => {
    const { metadata: own, spec } = template(index);
    const pod: Manifest = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...metadata('pod', index * 100 + at, `app-${index}-5d4f8b9c7d-${String(at).padStart(5, '0')}`),
        namespace: namespaceOf(index),
        labels: { ...own.labels, 'pod-template-hash': '5d4f8b9c7d' },
        ownerReferences: controller('apps/v1', 'ReplicaSet', `app-${index}-5d4f8b9c7d`, uidOf('rs', index)),
        ...{ creationTimestamp: kinds[index % kinds.length] === 'older' ? MADE_AT : '2026-11-03T00:00:00Z' },
        // As of a real pod, about three kilobytes.
        ...{
          managedFields: [
            {
              manager: 'kubelet',
              fieldsV1: {
                'f:status': Object.fromEntries(
                  Array.from({ length: 60 }, (_, field) => [`f:field-with-a-long-name-${field}`, { '.': {} }]),
                ),
              },
            },
          ],
        },
      },
      spec,
      status: {
        phase: 'Running',
        conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
          type,
          status: 'True',
          lastTransitionTime: MADE_AT,
        })),
      },
    };
    if (kinds[index % kinds.length] === 'older') return pod;
    using deadline = new Deadline(60_000);
    const decision = await mutate(createRequest(pod, 'test'), { settings, reader, deadline });
    const admitted = decision.kind === 'admitted' ? patched(pod, decision.patch) : pod;
    if (kinds[index % kinds.length] !== 'stale') return admitted;
    return JSON.parse(JSON.stringify(admitted).replaceAll(roleOf(index), `${roleOf(index)}-old`));
  };
  return {
    namespaces,
    serviceAccounts,
    deployments,
    replicaSets,
    configMaps,
    pods: async function* () {
      for (const index of indexes) for (let at = 0; at < podsOfEach; at++) yield await podOf(index, at);
    },
  };
}

/** The objects as one list, as `kubectl get -o json` prints them. */
export async function listOf(cluster: LargeCluster): Promise<string> {
  const pods: Manifest[] = [];
  for await (const pod of cluster.pods()) pods.push(pod);
  const { namespaces, serviceAccounts, deployments, replicaSets } = cluster;
  const items = [...namespaces, ...serviceAccounts, ...deployments, ...replicaSets, ...pods];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
