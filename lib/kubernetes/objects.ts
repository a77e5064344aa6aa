// Kubernetes objects as cwii refers to them: kinds, keys, owner references, metadata and display names.

import type { OwnerReferenceView } from './schemas.ts';

/** A kind of object and where the API serves it. */
export interface ObjectKind {
  /** The API group; '' for the core group. */
  readonly group: string;
  readonly version: string;
  /** The plural name in URLs, such as `deployments`. */
  readonly resource: string;
  readonly kind: string;
}

/** One object of the cluster, by name. */
export interface ObjectKey {
  readonly kind: ObjectKind;
  /** Absent for cluster-scoped kinds. */
  readonly namespace?: string;
  readonly name: string;
}

export type OwnerReference = Readonly<OwnerReferenceView>;

/** The part of an object that cwii reads: metadata only. */
export interface ObjectMetadata {
  readonly uid: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly OwnerReference[];
}

export const serviceAccounts: ObjectKind = {
  group: '',
  version: 'v1',
  resource: 'serviceaccounts',
  kind: 'ServiceAccount',
};
export const namespaces: ObjectKind = { group: '', version: 'v1', resource: 'namespaces', kind: 'Namespace' };

/** The object's name in messages, such as `Deployment default/web` or `Namespace default`. */
export function nameOf(key: ObjectKey): string {
  return `${key.kind.kind} ${key.namespace === undefined ? '' : `${key.namespace}/`}${key.name}`;
}

/** The API group of an `apiVersion`; '' for the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash === -1 ? '' : apiVersion.slice(0, slash);
}

/** The reference that controls an object; Kubernetes allows at most one. */
export function controllerOf(references: readonly OwnerReference[]): OwnerReference | undefined {
  return references.find((reference) => reference.controller === true);
}
