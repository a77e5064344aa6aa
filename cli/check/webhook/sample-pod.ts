// The pod of the trial reviews: in a namespace that is sent to the webhook, if there is one.

import type { Cluster } from '../../../cluster-file/cluster-file.ts';
import type { Manifest } from '../../preview/manifest-reader.ts';
import type { CheckContext, Fact } from '../context.ts';
import { namespaceObjects, requestsIdentity, selection, serviceAccountObjects } from './namespaces.ts';

export interface Sample {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Whether the ServiceAccount requests an identity. Otherwise the pod itself does. */
  readonly requests: boolean;
  /** Whether the API server sends the namespace's pods. */
  readonly sent: boolean;
}

/** A ServiceAccount that requests an identity in a namespace that is sent; else the best that there is. */
export const sample: Fact<Sample> = async (context) => {
  const [namespaces, accounts, { isSent }] = await Promise.all([
    context.fact(namespaceObjects),
    context.fact(serviceAccountObjects),
    context.fact(selection),
  ]);
  const sent = new Set(namespaces.filter((one) => isSent(one)).map(({ name }) => name));
  const requesting = accounts.find((one) => sent.has(one.namespace ?? '') && requestsIdentity(one, context.cluster));
  if (requesting)
    return { namespace: requesting.namespace ?? '', serviceAccount: requesting.name, requests: true, sent: true };
  const [first] = sent;
  return { namespace: first ?? 'default', serviceAccount: 'default', requests: false, sent: first !== undefined };
};

/** Lets the API server admit the pod without creating it. */
export function createDryRun({ kube }: CheckContext, pod: Manifest, signal?: AbortSignal): Promise<Manifest> {
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods?dryRun=All`;
  return kube.call<Manifest>(path, { method: 'POST', body: pod, ...(signal && { signal }) });
}

/** Passes Pod Security "restricted", and quotas that need requests and limits. */
export function samplePod({ namespace, serviceAccount, requests }: Sample, cluster: Cluster | undefined): Manifest {
  const resources = { cpu: '10m', memory: '16Mi' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `cwii-check-${crypto.randomUUID().slice(0, 8)}`,
      namespace,
      ...(!requests && { annotations: annotationsFor(cluster) }),
    },
    spec: {
      serviceAccountName: serviceAccount,
      restartPolicy: 'Never',
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'app',
          image: 'cwii.dev/check:never-pulled',
          resources: { requests: resources, limits: resources },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  };
}

/** A request for the first enabled cloud. Guard rails may deny it, which is an answer of the webhook too. */
function annotationsFor(cluster: Cluster | undefined): Readonly<Record<string, string>> {
  const { aws, azure } = cluster?.providers ?? {};
  if (aws?.enabled ?? true) return { 'cwii.dev/aws-role-arn': 'arn:aws:iam::123456789012:role/cwii-check' };
  if (azure?.enabled ?? true)
    return {
      'cwii.dev/az-client-id': '00000000-0000-4000-8000-000000000000',
      'cwii.dev/az-tenant-id': azure?.defaultTenantId ?? '00000000-0000-4000-8000-000000000000',
    };
  return { 'cwii.dev/gcp-service-account': 'cwii-check@my-project.iam.gserviceaccount.com' };
}
