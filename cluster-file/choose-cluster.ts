// Chooses one cluster of cwii.yaml by its name.

import { CwiiError } from '../lib/common/errors.ts';
import type { Cluster } from './cluster-file.ts';

/**
 * @param name not needed if the file has only one cluster.
 * @throws {CwiiError} `cluster-ambiguous` or `cluster-unknown`.
 */
export function chooseCluster(clusters: readonly Cluster[], name: string | undefined, file: string): Cluster {
  const names = clusters.map((cluster) => cluster.name).join(', ');
  if (name === undefined) {
    const [only, ...others] = clusters;
    if (only && others.length === 0) return only;
    throw new CwiiError('cluster-ambiguous', `${file} has the clusters ${names}; choose one with --cluster`);
  }
  const found = clusters.find((cluster) => cluster.name === name);
  if (found) return found;
  throw new CwiiError('cluster-unknown', `${file} has no cluster ${name}; its clusters are ${names}`);
}
