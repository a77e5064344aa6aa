// The entry of the admission function: reads the configuration and connects to the cluster at start.

import { CachingReader } from '../../lib/cluster/caching-reader.ts';
import { KubeReader } from '../../lib/cluster/kube-reader.ts';
import { openApiClient } from '../../lib/cluster/open-api-client.ts';
import type { ClusterReader } from '../../lib/cluster/reader.ts';
import { StaticReader } from '../../lib/cluster/static-reader.ts';
import { logCredential, toStandardOutput } from '../../lib/common/log.ts';
import type { RecordMetrics } from '../../lib/common/metrics.ts';
import { loadStaticAnnotations } from '../../lib/settings/static-annotations.ts';
import { type Config, parseConfig } from '../../lib/settings/webhook-config.ts';
import { createHandler } from './handler.ts';

async function createReader(config: Config): Promise<ClusterReader | undefined> {
  const { cluster, clusterName, staticAnnotations, cacheSeconds } = config;
  if (staticAnnotations !== undefined) return StaticReader.parse(await loadStaticAnnotations(staticAnnotations));
  if (!cluster) return undefined;
  const client = await openApiClient(cluster, (error) => logCredential(clusterName, error));
  return new CachingReader(new KubeReader(client), cacheSeconds);
}

/** Only Lambda's log becomes metrics. The package is loaded while the reader is created. */
async function createRecorder({ clusterName }: Config): Promise<RecordMetrics<'webhook'> | undefined> {
  if (!process.env['AWS_LAMBDA_FUNCTION_NAME']) return undefined;
  const { createMetrics } = await import('../embedded-metrics.ts');
  return createMetrics('webhook', clusterName, toStandardOutput);
}

const config = parseConfig(process.env);
const [reader, recordMetrics] = await Promise.all([createReader(config), createRecorder(config)]);

/** Answers Function URL events (payload format 2.0). */
export const handler = createHandler({ config, reader, recordMetrics });
