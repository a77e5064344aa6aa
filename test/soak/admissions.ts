// The pods of the soak test, each with its expected answer.

import { type Manifest, pod, roleAnnotation, roleArn, serviceAccount, workload } from '../cluster/manifests.ts';
import { roleOf, type StoredPod } from '../cluster/stored-pod.ts';
import type { TestCluster } from '../cluster/test-cluster.ts';

export interface Admission {
  readonly kind: string;
  readonly namespace: string;
  readonly manifest: Manifest;
  /** The role that the pod must get. */
  readonly role?: string | undefined;
  /** A part of the refusal that it must get instead. */
  readonly refusal?: string;
  /** Whether the function reads the cluster for it, so that a fault may fail it. */
  readonly reads: boolean;
}

/** More than fit into the cache at once: most reads go to the cluster, and some do not. */
const ACCOUNTS = 150;
const DEPLOYMENTS = 10;

const plain = 'soak-plain';
const wide = 'soak-wide';
const optOut = Object.fromEntries(['aws', 'az', 'gcp'].map((id) => [`cwii.dev/${id}-inject`, 'false']));

interface ReplicaSet {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly ownerReferences: readonly { readonly name: string }[];
  };
}

/** Creates the objects that the pods refer to. @returns the admission with a given index. */
export async function prepareAdmissions(
  cluster: TestCluster,
  calledBy: readonly string[],
): Promise<(index: number) => Admission> {
  await cluster.addNamespace(plain, { calledBy });
  await cluster.addNamespace(wide, { calledBy, annotations: roleAnnotation('namespace') });
  const accounts = Array.from({ length: ACCOUNTS }, (_, index) => `account-${index}`);
  for (const name of accounts) await cluster.create(serviceAccount(plain, name, roleAnnotation(name)));
  for (let index = 0; index < DEPLOYMENTS; index += 1) {
    const deployment = workload('Deployment', plain, `web-${index}`, { annotations: roleAnnotation(`web-${index}`) });
    await cluster.create({ ...deployment, spec: { ...(deployment['spec'] as object), replicas: 0 } });
  }
  const replicaSets = await cluster.waitFor('the ReplicaSets', async () => {
    const path = `/apis/apps/v1/namespaces/${plain}/replicasets`;
    const { items } = await cluster.api<{ items: ReplicaSet[] }>('GET', path);
    return items.length === DEPLOYMENTS && items;
  });
  return (index) => {
    const round = Math.floor(index / makers.length);
    const make = makers[index % makers.length] as (typeof makers)[number];
    return make(`pod-${index}`, accounts[round % ACCOUNTS] as string, replicaSets[round % DEPLOYMENTS] as ReplicaSet);
  };
}

type Maker = (name: string, account: string, replicaSet: ReplicaSet) => Admission;

const makers: readonly Maker[] = [
  (name, account) => ({
    kind: 'role of the ServiceAccount',
    namespace: plain,
    manifest: pod(plain, name, { serviceAccountName: account }),
    role: roleArn(account),
    reads: true,
  }),
  (name, account) => ({
    kind: 'role of its own',
    namespace: plain,
    manifest: pod(plain, name, { annotations: roleAnnotation(name), serviceAccountName: account }),
    role: roleArn(name),
    reads: true,
  }),
  (name, _, { metadata }) => ({
    kind: 'role of the Deployment',
    namespace: plain,
    manifest: ownedBy(metadata, pod(plain, name, { labels: metadata.labels })),
    role: roleArn(metadata.ownerReferences[0]?.name ?? ''),
    reads: true,
  }),
  (name) => ({
    kind: 'role of the namespace',
    namespace: wide,
    manifest: pod(wide, name),
    role: roleArn('namespace'),
    reads: true,
  }),
  (name) => ({ kind: 'no identity', namespace: plain, manifest: pod(plain, name), reads: true }),
  (name) => ({
    kind: 'opted out',
    namespace: wide,
    manifest: pod(wide, name, { annotations: optOut }),
    reads: false,
  }),
  (name) => ({
    kind: 'refused',
    namespace: plain,
    manifest: pod(plain, name, { annotations: { 'cwii.dev/aws-role-arn': 'arn:aws:iam::1:role/x' } }),
    refusal: 'denied the request: cwii: cwii.dev/aws-role-arn',
    reads: true,
  }),
];

function ownedBy({ name, uid }: ReplicaSet['metadata'], manifest: Manifest): Manifest {
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid, controller: true }];
  return { ...manifest, metadata: { ...manifest.metadata, ownerReferences } };
}

/** The result of an admission: the pod as it would be stored, or the reason for a refusal. */
export type Result = { readonly pod: StoredPod } | { readonly refusal: string };

/** Whether the result is the expected one. */
export function isRight({ role, refusal }: Admission, result: Result): boolean {
  if ('refusal' in result) return refusal !== undefined && result.refusal.includes(refusal);
  try {
    return refusal === undefined && roleOf(result.pod) === role;
  } catch {
    // An incomplete identity.
    return false;
  }
}
