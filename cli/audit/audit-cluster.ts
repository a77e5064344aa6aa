// Audits a live cluster: lists in pages, each of which is reduced and dropped before the next one is read.

import { groupOf, namespaces, type ObjectKind, serviceAccounts } from '../../lib/kubernetes/objects.ts';
import { replicaSets } from '../../lib/kubernetes/owner-kinds.ts';
import { withServiceAccount } from '../../lib/kubernetes/pod.ts';
import { CredentialNames } from '../env-from/credential-names.ts';
import { KubeApiError } from '../kubectl/kube-api-error.ts';
import { type KubeClient, METADATA_LIST } from '../kubectl/kube-client.ts';
import { readStaticWebhooks } from '../kubectl/static-webhooks.ts';
import { simulateControllers } from '../preview/controllers.ts';
import type { Manifest } from '../preview/manifest-reader.ts';
import { CountedProgress } from '../progress.ts';
import { ClusterObjects } from './cluster-objects.ts';
import { Collector, type CollectorInput } from './collector.ts';
import { ClusterKeys } from './listed-keys.ts';
import { type Registration, registrationsIn } from './registration.ts';
import { type AuditReport, reportOf } from './report.ts';
import { unknownNamespace } from './unknown-namespace.ts';

export interface ClusterInput extends Pick<CollectorInput, 'settings' | 'notSent'> {
  readonly kube: KubeClient;
  /** Undefined for all namespaces. */
  readonly namespace: string | undefined;
  /** Default: the cluster. */
  readonly reader: CollectorInput['reader'] | undefined;
  readonly source: string;
  /** Read the names of the keys of Secrets that containers use with `envFrom`. */
  readonly readSecrets: boolean;
}

const pods: ObjectKind = { group: '', version: 'v1', resource: 'pods', kind: 'Pod' };

/** @throws {KubeApiError} if pods or what configures them cannot be read: the result would be wrong. */
export async function auditCluster(input: ClusterInput): Promise<AuditReport> {
  const { kube, settings, notSent, source, namespace, readSecrets } = input;
  const unread: string[] = [];
  const onUnread = (line: string) => void unread.push(line);
  const objects = new ClusterObjects();
  const list = (kind: ObjectKind, accept?: string) => itemsOf(kube, pathOf(kind, namespace), kind, accept);
  const progress = new CountedProgress('objects read');

  if (namespace === undefined) for await (const item of list(namespaces, METADATA_LIST)) objects.add(item);
  else objects.add(typed(namespaces, await readNamespace(kube, namespace)));
  for await (const item of list(serviceAccounts, METADATA_LIST)) objects.add(item);
  const registrations = await readRegistrations(kube, onUnread);
  const credentialNames = await CredentialNames.of(settings);
  const keys = new ClusterKeys({ kube, namespace, names: credentialNames, readSecrets });
  const reader = input.reader ?? objects;
  const collector = new Collector({ objects, settings, notSent, reader, registrations, credentialNames, keys });

  // Owners of owners come first in a cluster as well: a CronJob's Job needs the CronJob.
  const kinds = settings.ownerKinds.filter((kind) => kind !== replicaSets);
  const workloads: Manifest[] = [];
  for (const kind of kinds) {
    try {
      for await (const item of list(kind)) {
        objects.add(item);
        progress.step();
        if (hasPods(item)) workloads.push(withoutStatus(item));
        if (workloads.length >= BATCH) await addTemplates(workloads.splice(0), collector, settings.ownerKinds);
      }
    } catch (error) {
      if (!(error instanceof KubeApiError) || error.status !== 404) throw error;
      onUnread(`the cluster has no ${kind.resource}.${kind.group}, which the settings name as owners of pods`);
    }
  }
  await addTemplates(workloads, collector, settings.ownerKinds);
  for await (const item of list(replicaSets, METADATA_LIST)) objects.add(item);
  for await (const pod of list(pods)) {
    const manifest = { ...pod, spec: withServiceAccount(pod['spec']) };
    await collector.addPod({ manifest, place: `Pod ${pod.metadata.namespace}/${pod.metadata.name}` });
    progress.step();
  }
  return reportOf(collector.workloads, { objects, settings, source, unread: [...unread, ...keys.unread] });
}

/** @throws {CwiiError} `namespace-unknown` */
async function readNamespace(kube: KubeClient, name: string): Promise<Manifest> {
  const found = await kube.find<Manifest>(`/api/v1/namespaces/${name}`);
  if (found) return found;
  throw unknownNamespace(`the cluster has no namespace ${name}`, name, await namespaceNames(kube));
}

/** None if the user may not list them. */
async function namespaceNames(kube: KubeClient): Promise<string[]> {
  try {
    const all = await kube.list<Manifest>('/api/v1/namespaces', { accept: METADATA_LIST });
    return all.map(({ metadata }) => metadata.name ?? '');
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.status !== 403) throw error;
    return [];
  }
}

/** Workloads whose owners may come later in the lists are few at a time. */
const BATCH = 500;

async function addTemplates(manifests: readonly Manifest[], collector: Collector, kinds: readonly ObjectKind[]) {
  const placed = manifests.map((manifest) => ({
    manifest,
    place: `${manifest.kind} ${manifest.metadata.namespace}/${manifest.metadata.name}`,
  }));
  for (const pod of simulateControllers(placed, kinds).pods) {
    if (pod.workload) await collector.addTemplate({ ...pod, workload: pod.workload });
  }
}

async function* itemsOf(
  kube: KubeClient,
  path: string,
  kind: ObjectKind,
  accept?: string,
): AsyncGenerator<Manifest, void> {
  for await (const page of kube.pages<Manifest>(path, accept === undefined ? {} : { accept }))
    for (const item of page) yield typed(kind, item);
}

/** Items of lists have no kind of their own; those of a list of metadata have another one. */
function typed({ group, version, kind }: ObjectKind, item: Manifest): Manifest {
  return { ...item, apiVersion: group === '' ? version : `${group}/${version}`, kind };
}

function pathOf({ group, version, resource }: ObjectKind, namespace: string | undefined): string {
  const api = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return `${api}/${namespace === undefined ? '' : `namespaces/${namespace}/`}${resource}`;
}

/** A Job that has ended creates no more pods. */
function hasPods({ kind, apiVersion, status }: Manifest): boolean {
  if (kind !== 'Job' || groupOf(apiVersion) !== 'batch') return true;
  const conditions = (status as { conditions?: { type: string; status: string }[] } | undefined)?.conditions ?? [];
  return !conditions.some(({ type, status: value }) => ['Complete', 'Failed'].includes(type) && value === 'True');
}

function withoutStatus({ status: _, ...manifest }: Manifest): Manifest {
  return manifest as Manifest;
}

/** Undefined if the user may not read them. */
async function readRegistrations(
  kube: KubeClient,
  onUnread: (line: string) => void,
): Promise<readonly Registration[] | undefined> {
  const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
  try {
    const found = registrationsIn(await kube.list<Manifest>(path));
    // The API does not show a registration in the files of the API servers, so cwii.yaml counts.
    return found.length === 0 && typeof (await readStaticWebhooks(kube)) === 'object' ? undefined : found;
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.status !== 403) throw error;
    onUnread(`the webhook configurations cannot be read, so it is not known which pods are sent: ${error.detail}`);
    return undefined;
  }
}
