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
  readonly #objects = new Map<string, Manifest>();
  /** Names, for messages, of the objects that were requested but are not among the manifests. */
  readonly missing = new Set<string>();

  constructor(manifests: Iterable<Manifest> = []) {
    for (const manifest of manifests) this.add(manifest);
  }

  add(manifest: Manifest): void {
    const { apiVersion, kind, metadata } = manifest;
    this.#objects.set(idOf(groupOf(apiVersion), kind, metadata.namespace, metadata.name ?? ''), manifest);
  }

  find(group: string, kind: string, namespace: string | undefined, name: string): Manifest | undefined {
    return this.#objects.get(idOf(group, kind, namespace, name));
  }

  async read({ kind, namespace, name }: ObjectKey): Promise<ReadResult> {
    const manifest = this.find(kind.group, kind.kind, namespace, name);
    if (!manifest) this.missing.add(nameOf({ kind, name, ...(namespace !== undefined && { namespace }) }));
    return { object: manifest && metadataOf(manifest), attempts: 0, cached: false };
  }
}

function metadataOf(manifest: Manifest): ObjectMetadata {
  const { annotations, ownerReferences } = manifest.metadata;
  return { uid: uidOf(manifest), annotations: annotations ?? {}, ownerReferences: ownerReferences ?? [] };
}

function idOf(group: string, kind: string, namespace: string | undefined, name: string): string {
  return [group, kind, namespace ?? '', name].join('/');
}
