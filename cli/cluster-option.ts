// The options that choose a cluster of cwii.yaml, for commands that can do without the file.

import { existsSync } from 'node:fs';
import { readClusterOf } from '../cluster-file/choose-cluster.ts';
import type { Cluster } from '../cluster-file/cluster-file.ts';

const CLUSTER_FILE = 'cwii.yaml';

/** For the help text of the file's option, which has no default value: a file that is named must exist. */
export const IF_IT_EXISTS = `(default: ${CLUSTER_FILE}, if it exists)`;

interface ClusterOptions {
  readonly file?: string | undefined;
  readonly cluster?: string | undefined;
}

/** The cluster that the options name; undefined without any. @throws {CwiiError} if it cannot be read. */
export function namedCluster({ file, cluster }: ClusterOptions): Cluster | undefined {
  return file === undefined && cluster === undefined ? undefined : readClusterOf(file ?? CLUSTER_FILE, cluster);
}

/** The cluster that the options name; without any that of cwii.yaml, if the file exists. */
export function clusterIfAny(options: ClusterOptions): Cluster | undefined {
  const file = options.file ?? (existsSync(CLUSTER_FILE) ? CLUSTER_FILE : undefined);
  return namedCluster({ ...options, file });
}
