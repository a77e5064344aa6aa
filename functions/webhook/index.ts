// The entry of the admission function: configuration and the way into the cluster are made once, at start.

import { CachingReader } from '../../lib/cluster/caching-reader.ts';
import { ClusterConnection } from '../../lib/cluster/connection.ts';
import { FileCredential } from '../../lib/cluster/credentials/file.ts';
import { KubeReader } from '../../lib/cluster/kube-reader.ts';
import type { ClusterReader } from '../../lib/cluster/reader.ts';
import { type Config, parseConfig } from '../../lib/config.ts';
import { createHandler } from './handler.ts';

function createReader({ cluster, cacheSeconds }: Config): ClusterReader | undefined {
  if (!cluster) return undefined;
  const credential = new FileCredential(cluster.credential.path);
  return new CachingReader(
    new KubeReader(new ClusterConnection(cluster), credential, cluster.url.pathname),
    cacheSeconds,
  );
}

const config = parseConfig(process.env);

/** Answers Function URL events (payload format 2.0). */
export const handler = createHandler({ config, reader: createReader(config) });
