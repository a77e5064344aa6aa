// Chooses one cluster of cwii.yaml by its name.

import { CwiiError } from '../lib/common/errors.ts';
import { type Cluster, type FailedCluster, readFleet } from './cluster-file.ts';

/**
 * @param name not needed if the file has only one cluster.
 * @param failed clusters of the file with problems; choosing one of them throws its error.
 * @throws {CwiiError} `cluster-ambiguous` or `cluster-unknown`.
 */
export function chooseCluster(
  clusters: readonly Cluster[],
  name: string | undefined,
  file: string,
  failed: readonly FailedCluster[] = [],
): Cluster {
  const all = [...clusters, ...failed];
  const names = all.map((cluster) => cluster.name).join(', ');
  if (name === undefined && all.length !== 1)
    throw new CwiiError('cluster-ambiguous', `${file} has the clusters ${names}; choose one with --cluster`);
  const found = name === undefined ? all[0] : all.find((cluster) => cluster.name === name);
  if (!found) throw new CwiiError('cluster-unknown', `${file} has no cluster ${name}; its clusters are ${names}`);
  if ('error' in found) throw found.error;
  return found;
}

/** Reads one cluster of a file. Problems of other clusters do not matter. */
export function readClusterOf(file: string, name: string | undefined): Cluster {
  const { clusters, failed } = readFleet(file);
  return chooseCluster(clusters, name, file, failed);
}
