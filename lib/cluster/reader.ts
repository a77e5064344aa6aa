// The port through which objects of the cluster are read; kube-reader and manifest-reader implement it.

import type { Deadline } from '../deadline.ts';

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

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean | null | undefined;
}

/** What is read of an object: metadata only. */
export interface ObjectMetadata {
  readonly uid: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly OwnerReference[];
}

export interface ReadOptions {
  readonly deadline: Deadline;
  /** Ask the cluster even where a cached object would do. */
  readonly fresh: boolean;
  /** The uid that the object is expected to have; a cached object with another one is not used. */
  readonly uid?: string;
}

export interface ReadResult {
  /** Absent where the cluster has no such object: that is an answer, not a failure. */
  readonly object: ObjectMetadata | undefined;
  /** HTTP requests made for this read; 0 where a cache answered. */
  readonly attempts: number;
  readonly cached: boolean;
}

export interface ClusterReader {
  /** Audiences by which the API server itself would accept a token, as far as they are known by now. */
  readonly apiAudiences?: readonly string[];
  /**
   * Answers at once, without a promise, where it need not ask.
   *
   * @throws {ClusterReadError} when the cluster gives no answer before the deadline, or not the object.
   */
  read(key: ObjectKey, options: ReadOptions): ReadResult | Promise<ReadResult>;
}

export const serviceAccounts: ObjectKind = {
  group: '',
  version: 'v1',
  resource: 'serviceaccounts',
  kind: 'ServiceAccount',
};
export const namespaces: ObjectKind = { group: '', version: 'v1', resource: 'namespaces', kind: 'Namespace' };

/** The object for people, such as `Deployment default/web` or `Namespace default`. */
export function nameOf(key: ObjectKey): string {
  return `${key.kind.kind} ${key.namespace === undefined ? '' : `${key.namespace}/`}${key.name}`;
}

/** The API group of an `apiVersion`; '' for the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash === -1 ? '' : apiVersion.slice(0, slash);
}
