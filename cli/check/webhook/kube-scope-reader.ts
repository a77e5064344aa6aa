// Reads the scopes of a pod through kubectl, so that the webhook's own logic can decide on it here.

import { METADATA } from '../../../lib/cluster/partial-metadata.ts';
import type { ClusterReader, ReadResult } from '../../../lib/cluster/reader.ts';
import { nameOf, type ObjectKey, type OwnerReference } from '../../../lib/kubernetes/objects.ts';
import type { KubeClient } from '../../kubectl/kube-client.ts';

export interface ReadMetadata {
  readonly uid: string;
  readonly creationTimestamp?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly { readonly time?: string; readonly fieldsV1?: unknown }[];
}

export class KubeScopeReader implements ClusterReader {
  readonly complete = true;
  /** All that was read, by names such as `Deployment shop/web`. */
  readonly objects = new Map<string, ReadMetadata>();
  readonly #kube: KubeClient;

  constructor(kube: KubeClient) {
    this.#kube = kube;
  }

  async read(key: ObjectKey): Promise<ReadResult> {
    const { kind, namespace, name } = key;
    const base = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
    const within = namespace === undefined ? '' : `/namespaces/${namespace}`;
    const path = `${base}${within}/${kind.resource}/${name}`;
    const found = await this.#kube.find<{ metadata: ReadMetadata }>(path, { accept: METADATA });
    if (!found) return { object: undefined, attempts: 1, cached: false };
    const { metadata } = found;
    this.objects.set(nameOf(key), metadata);
    const { uid, annotations = {}, ownerReferences = [] } = metadata;
    return { object: { uid, annotations, ownerReferences }, attempts: 1, cached: false };
  }
}
