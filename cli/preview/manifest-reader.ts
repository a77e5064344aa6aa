// Reads objects from manifests as if they were in the cluster.

import type { ClusterReader, ReadResult } from '../../lib/cluster/reader.ts';
import {
  groupOf,
  nameOf,
  type ObjectKey,
  type ObjectMetadata,
  type OwnerReference,
} from '../../lib/kubernetes/objects.ts';

/** An object of the Kubernetes API in a manifest. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name?: string;
    readonly generateName?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>> | null;
    readonly annotations?: Readonly<Record<string, string>> | null;
    readonly ownerReferences?: readonly OwnerReference[] | null;
  };
  readonly [field: string]: unknown;
}

/** The uid of a manifest. For an object that the cluster has not created yet, it is derived from the name. */
export function uidOf({ apiVersion, kind, metadata }: Manifest): string {
  return metadata.uid ?? `uid-of-${groupOf(apiVersion)}-${kind}-${metadata.namespace ?? ''}-${metadata.name ?? ''}`;
}

export class ManifestReader implements ClusterReader {
  readonly #objects = new Map<string, ObjectMetadata>();
  /** Names, for messages, of the objects that were requested but are not among the manifests. */
  readonly missing = new Set<string>();

  constructor(manifests: readonly Manifest[]) {
    for (const manifest of manifests) {
      const { kind, metadata } = manifest;
      this.#objects.set(idOf(groupOf(manifest.apiVersion), kind, metadata.namespace, metadata.name ?? ''), {
        uid: uidOf(manifest),
        annotations: metadata.annotations ?? {},
        ownerReferences: metadata.ownerReferences ?? [],
      });
    }
  }

  async read(key: ObjectKey): Promise<ReadResult> {
    const object = this.#objects.get(idOf(key.kind.group, key.kind.kind, key.namespace, key.name));
    if (!object) this.missing.add(nameOf(key));
    return { object, attempts: 0, cached: false };
  }
}

function idOf(group: string, kind: string, namespace: string | undefined, name: string): string {
  return [group, kind, namespace ?? '', name].join('/');
}
