// Helpers for the faults of `cwii check pod`: a namespace for each, and times that differ.

import type { Undo } from './fault-matrix.ts';
import type { HealthyCluster } from './healthy-cluster.ts';

export const apply = ({ cluster }: HealthyCluster, ...objects: readonly object[]) =>
  cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));

/** A namespace of its own for a fault. */
export async function namespaceFor(healthy: HealthyCluster, name: string, label = true): Promise<Undo> {
  await healthy.cluster.createNamespace(name, label ? { 'cwii.dev/inject': 'enabled' } : {});
  // Its objects are deleted with it; nothing waits for the end.
  return () => healthy.cluster.api('DELETE', `/api/v1/namespaces/${name}`);
}

/** The times of the API server have a resolution of a second. */
export const nextSecond = () => new Promise((resolve) => setTimeout(resolve, 1100));
