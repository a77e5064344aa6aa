// The entry of the admission function: configuration and the way into the cluster are made once, at start.

import { CachingReader } from '../../lib/cluster/caching-reader.ts';
import { ClusterConnection } from '../../lib/cluster/connection.ts';
import { FileCredential } from '../../lib/cluster/credentials/file.ts';
import { KubeReader } from '../../lib/cluster/kube-reader.ts';
import type { ClusterReader } from '../../lib/cluster/reader.ts';
import { StaticReader } from '../../lib/cluster/static-reader.ts';
import { type Config, parseConfig } from '../../lib/config.ts';
import type { RecordMetrics } from '../../lib/metrics.ts';
import { loadStaticAnnotations } from '../../lib/static-annotations.ts';
import { createHandler } from './handler.ts';

async function createReader(config: Config): Promise<ClusterReader | undefined> {
  const { cluster, staticAnnotations, cacheSeconds } = config;
  if (staticAnnotations !== undefined) return new StaticReader(await loadStaticAnnotations(staticAnnotations));
  if (!cluster) return undefined;
  const credential = new FileCredential(cluster.credential.path);
  const reader = new KubeReader(new ClusterConnection(cluster), credential, cluster.url.pathname);
  return new CachingReader(reader, cacheSeconds);
}

/** Only Lambda's log becomes metrics; the package that writes them is loaded while the reader is made. */
async function createRecorder({ clusterName }: Config): Promise<RecordMetrics<'webhook'> | undefined> {
  if (!process.env['AWS_LAMBDA_FUNCTION_NAME']) return undefined;
  const { createMetrics } = await import('../../lib/metrics.ts');
  return createMetrics('webhook', clusterName);
}

const config = parseConfig(process.env);
const [reader, recordMetrics] = await Promise.all([createReader(config), createRecorder(config)]);

/** Answers Function URL events (payload format 2.0). */
export const handler = createHandler({ config, reader, recordMetrics });
