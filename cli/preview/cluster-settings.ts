// Reads a cluster of cwii.yaml: the settings of its function, and the namespaces that are sent to it.

import type { Cluster } from '../../cluster-file/cluster-file.ts';
import { functionSettings } from '../../cluster-file/function-settings.ts';
import { INJECT_KEY } from '../../lib/annotations/keys.ts';
import { INJECT_LABEL } from '../manifests/names.ts';
import type { Manifest } from './manifest-reader.ts';

/** The variables of the function that matter to a decision. */
export function environmentOf(cluster: Cluster): Record<string, string> {
  return {
    ...functionSettings(cluster),
    CWII_CLUSTER_NAME: cluster.name,
    // Its URL is an audience of the API server, unless the cluster is not read.
    ...(cluster.credential.none ? {} : { CWII_KUBE_API_URL: cluster.api.url }),
  };
}

/** Why the API server does not send the pods of a namespace, for the namespaces in the files. */
export function unsentNamespaces(
  { name, webhook }: Cluster,
  objects: readonly Manifest[],
): (namespace: string) => string | undefined {
  if (webhook.namespaces !== 'labelled') return () => undefined;
  const [label, value] = [INJECT_KEY, INJECT_LABEL[INJECT_KEY]];
  const namespaces = new Map(objects.filter(isNamespace).map(({ metadata }) => [metadata.name, metadata.labels ?? {}]));
  return (namespace) => {
    const labels = namespaces.get(namespace);
    if (!labels || labels[label] === value) return undefined;
    return `Namespace ${namespace} is not sent to cwii: in cluster ${name} it needs the label ${label}=${value}; kubectl label namespace ${namespace} ${label}=${value}`;
  };
}

function isNamespace({ apiVersion, kind }: Manifest): boolean {
  return apiVersion === 'v1' && kind === 'Namespace';
}
