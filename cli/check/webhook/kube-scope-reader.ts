// Reads the scopes of a pod through kubectl, so that the webhook's own logic can decide on it here.

import type { ClusterReader, ReadResult } from '../../../lib/cluster/reader.ts';
import type { ObjectKey, ObjectMetadata } from '../../../lib/kubernetes/objects.ts';
import type { KubeClient } from '../../kubectl/kube-client.ts';

const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

export class KubeScopeReader implements ClusterReader {
  readonly complete = true;
  readonly #kube: KubeClient;

  constructor(kube: KubeClient) {
    this.#kube = kube;
  }

  async read({ kind, namespace, name }: ObjectKey): Promise<ReadResult> {
    const { group, version, resource } = kind;
    const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const within = namespace === undefined ? '' : `/namespaces/${namespace}`;
    const path = `${base}${within}/${resource}/${name}`;
    const found = await this.#kube.find<{ metadata: Partial<ObjectMetadata> & { uid: string } }>(path, {
      accept: METADATA,
    });
    const object = found && {
      uid: found.metadata.uid,
      annotations: found.metadata.annotations ?? {},
      ownerReferences: found.metadata.ownerReferences ?? [],
    };
    return { object, attempts: 1, cached: false };
  }
}
