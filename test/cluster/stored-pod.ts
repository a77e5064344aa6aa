// A pod as the cluster stores it, and the identity of its containers.

import type { Manifest } from './manifests.ts';

export interface StoredContainer {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly [field: string]: unknown;
}

export interface StoredVolume {
  readonly name: string;
  readonly projected?: { readonly sources: readonly { readonly serviceAccountToken?: TokenSource }[] };
  readonly [field: string]: unknown;
}

export interface TokenSource {
  readonly path: string;
  readonly audience?: string;
  readonly expirationSeconds: number;
}

export interface StoredPod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly uid: string }[];
    readonly [field: string]: unknown;
  };
  readonly spec: {
    readonly serviceAccountName?: string;
    readonly containers: readonly StoredContainer[];
    readonly initContainers?: readonly StoredContainer[];
    readonly volumes?: readonly StoredVolume[];
    readonly [field: string]: unknown;
  };
}

export const tokenDirectory = '/var/run/secrets/cwii.dev/aws';
export const apiTokenDirectory = '/var/run/secrets/kubernetes.io/serviceaccount';

export function containerOf({ spec }: StoredPod, name = 'app'): StoredContainer {
  const container = [...(spec.initContainers ?? []), ...spec.containers].find((candidate) => candidate.name === name);
  if (!container) throw new Error(`the pod has no container ${name}`);
  return container;
}

export function envOf(pod: StoredPod, container = 'app'): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries((containerOf(pod, container).env ?? []).map(({ name, value }) => [name, value]));
}

/** The volume that is mounted at a path. */
export function volumeAt(pod: StoredPod, mountPath: string, container = 'app'): StoredVolume | undefined {
  const mount = containerOf(pod, container).volumeMounts?.find((candidate) => candidate.mountPath === mountPath);
  return mount && pod.spec.volumes?.find(({ name }) => name === mount.name);
}

/** The role that a container assumes; undefined without an identity. Throws if the identity is incomplete. */
export function roleOf(pod: StoredPod, container = 'app'): string | undefined {
  const { AWS_ROLE_ARN: role, AWS_WEB_IDENTITY_TOKEN_FILE: file } = envOf(pod, container);
  const token = volumeAt(pod, tokenDirectory, container)?.projected?.sources[0]?.serviceAccountToken;
  if (role === undefined && file === undefined && !token) return undefined;
  if (role !== undefined && file === `${tokenDirectory}/${token?.path}`) return role;
  throw new Error(`container ${container} has an incomplete identity: ${JSON.stringify({ role, file, token })}`);
}

/** A pod as a user creates it again from what the cluster stores. */
export function asNew(name: string, { metadata: { namespace, annotations }, spec }: StoredPod): Manifest {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, annotations }, spec };
}
