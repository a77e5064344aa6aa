// The short notation of the golden cases for pods and cluster objects, and the manifests that it stands for.

import type { Manifest } from '../../cli/preview/manifest-reader.ts';

/** A variable's value, or the fields of the variable other than its name. */
export type EnvNotation = Readonly<Record<string, string | { readonly valueFrom: unknown }>>;

/** `volume:path`, `volume:path:ro`, or a volumeMount of Kubernetes. */
export type MountNotation = string | Readonly<Record<string, unknown>>;

export interface ContainerNotation {
  readonly image?: string;
  readonly env?: EnvNotation;
  readonly mounts?: readonly MountNotation[];
  readonly [field: string]: unknown;
}

export type Annotations = Readonly<Record<string, string | Readonly<Record<string, unknown>>>>;

interface OwnedNotation {
  readonly annotations?: Annotations;
  /** `Kind name` of the controller. */
  readonly owner?: string;
  readonly ownerReferences?: readonly unknown[];
}

export interface PodNotation extends OwnedNotation {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: null;
  readonly labels?: Readonly<Record<string, string>>;
  readonly containers?: Readonly<Record<string, ContainerNotation>>;
  readonly initContainers?: Readonly<Record<string, ContainerNotation>>;
  readonly volumes?: Readonly<Record<string, object>>;
  readonly [field: string]: unknown;
}

export interface ObjectNotation extends OwnedNotation {
  readonly uid?: string;
}

/** A container as a manifest has it. */
export interface Container {
  readonly name: string;
  env?: unknown[] | null | undefined;
  volumeMounts?: unknown[] | null | undefined;
  readonly [field: string]: unknown;
}

const API_VERSIONS: Readonly<Record<string, string>> = {
  Namespace: 'v1',
  Pod: 'v1',
  ServiceAccount: 'v1',
  ReplicationController: 'v1',
  ReplicaSet: 'apps/v1',
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
};

/** Whether `pod` is a whole manifest, which nothing is merged into. */
export function isManifest(pod: object): pod is Manifest {
  return 'kind' in pod;
}

/** `change` merged onto `pod`: annotations and labels one by one, other fields as a whole; null removes. */
export function mergePods(pod: PodNotation, change: PodNotation): PodNotation {
  if (isManifest(change)) return change;
  const { annotations, labels, ...fields } = change;
  return {
    ...pod,
    ...fields,
    ...(annotations && { annotations: { ...pod.annotations, ...annotations } }),
    ...(labels && { labels: { ...pod.labels, ...labels } }),
  };
}

export function podManifest(pod: PodNotation, namespace: string): Manifest {
  if (isManifest(pod)) return pod;
  const { annotations, owner, ownerReferences, labels, containers, initContainers, volumes, ...fields } = pod;
  const { name, generateName, namespace: noNamespace, ...spec } = withoutNulls(fields);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(generateName === undefined ? { name: String(name) } : { generateName: String(generateName) }),
      ...('namespace' in pod ? {} : { namespace }),
      ...(labels && { labels }),
      ...(annotations && { annotations: annotationTexts(annotations) }),
      ...references(owner, ownerReferences),
    },
    spec: {
      ...spec,
      ...(volumes && { volumes: named(volumes) }),
      ...(initContainers && { initContainers: podContainers(initContainers) }),
      containers: podContainers(containers ?? {}),
    },
  };
}

/** @param id `Kind name`; if needed with an API version before the kind and a namespace before the name. */
export function objectManifest(id: string, notation: ObjectNotation, defaultNamespace: string): Manifest {
  const { annotations, owner, ownerReferences, uid } = notation;
  const { apiVersion, kind, namespace, name } = parseId(id);
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(kind !== 'Namespace' && { namespace: namespace ?? defaultNamespace }),
      ...(!['Namespace', 'ServiceAccount'].includes(kind) && { uid: uid ?? uidOfThe(kind) }),
      ...(annotations && { annotations: annotationTexts(annotations) }),
      ...references(owner, ownerReferences),
    },
  };
}

export function annotationTexts(annotations: Annotations): Record<string, string> {
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  return Object.fromEntries(Object.entries(annotations).map(([key, value]) => [key, text(value)]));
}

export function envList(env: EnvNotation = {}): unknown[] {
  return Object.entries(env).map(([name, value]) => (typeof value === 'string' ? { name, value } : { name, ...value }));
}

export function mountList(mounts: readonly MountNotation[] = []): unknown[] {
  return mounts.map((mount) => {
    if (typeof mount !== 'string') return mount;
    const [name, mountPath, mode] = mount.split(':');
    return { name, mountPath, ...(mode === 'ro' && { readOnly: true }) };
  });
}

export function containerManifest(name: string, { env, mounts, ...fields }: ContainerNotation): Container {
  return {
    name,
    ...fields,
    ...(env && { env: envList(env) }),
    ...(mounts && { volumeMounts: mountList(mounts) }),
  };
}

/** A map by name as the list that Kubernetes has in its place. */
export function named(map: Readonly<Record<string, object>>): object[] {
  return Object.entries(map).map(([name, fields]) => ({ name, ...fields }));
}

function podContainers(containers: Readonly<Record<string, ContainerNotation>>): Container[] {
  return Object.entries(containers).map(([name, fields]) =>
    containerManifest(name, { image: `registry.example.com/${name}:1.0`, ...fields }),
  );
}

function references(owner: string | undefined, ownerReferences: readonly unknown[] | undefined): object {
  if (ownerReferences) return { ownerReferences };
  if (owner === undefined) return {};
  const { apiVersion, kind, name } = parseId(owner);
  const reference = { apiVersion, kind, name, uid: uidOfThe(kind), controller: true, blockOwnerDeletion: true };
  return { ownerReferences: [reference] };
}

function parseId(id: string): { apiVersion: string; kind: string; namespace: string | undefined; name: string } {
  const words = id.split(' ');
  const [kind = '', object = ''] = words.slice(-2);
  const apiVersion = words.length === 3 ? words[0] : API_VERSIONS[kind];
  if (words.length < 2 || words.length > 3 || !apiVersion)
    throw new Error(
      `"${id}" is not an object; write "Kind name" (${Object.keys(API_VERSIONS).join(', ')}) or "group/version Kind name"`,
    );
  const [, namespace, name = object] = /^([a-z0-9-]+)\/(.+)$/.exec(object) ?? [];
  return { apiVersion, kind, namespace, name };
}

function uidOfThe(kind: string): string {
  return `uid-of-the-${kind.toLowerCase()}`;
}

function withoutNulls(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
