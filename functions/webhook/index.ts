// The entry of the admission function: reads the configuration and connects to the cluster at start.

import { ClusterDiscovery } from '../../lib/cluster/discovery.ts';
import type { ApiClient } from '../../lib/cluster/http/api-client.ts';
import { KubeReader } from '../../lib/cluster/kube-reader.ts';
import { openApiClient } from '../../lib/cluster/open-api-client.ts';
import type { ClusterReader } from '../../lib/cluster/reader.ts';
import { StaticReader } from '../../lib/cluster/static-reader.ts';
import { Deadline } from '../../lib/common/deadline.ts';
import { logCredential, toStandardOutput } from '../../lib/common/log.ts';
import type { RecordMetrics } from '../../lib/common/metrics.ts';
import type { ClusterCheck } from '../../lib/common/server-request.ts';
import { namespaces } from '../../lib/kubernetes/objects.ts';
import { loadServices } from '../../lib/providers/provider-set.ts';
import { loadStaticAnnotations } from '../../lib/settings/static-annotations.ts';
import { type Config, parseConfig } from '../../lib/settings/webhook-config.ts';
import type { VerifyCaller } from './caller.ts';
import { createHandler } from './handler.ts';

async function createClient({ cluster, clusterName }: Config): Promise<ApiClient | undefined> {
  return cluster && (await openApiClient(cluster, (error) => logCredential(clusterName, error)));
}

async function createReader({ staticAnnotations, cacheSeconds }: Config): Promise<ClusterReader | undefined> {
  if (staticAnnotations !== undefined) return StaticReader.parse(await loadStaticAnnotations(staticAnnotations));
  if (!client) return undefined;
  const reader = new KubeReader(client);
  if (cacheSeconds === 0) return reader;
  const { CachingReader } = await import('../../lib/cluster/caching-reader.ts');
  return new CachingReader(reader, cacheSeconds);
}

/** Only Lambda's log becomes metrics. The package is loaded while the client is created. */
async function createRecorder({ clusterName }: Config): Promise<RecordMetrics<'webhook'> | undefined> {
  if (!process.env['AWS_LAMBDA_FUNCTION_NAME']) return undefined;
  const { createMetrics } = await import('../embedded-metrics.ts');
  return createMetrics('webhook', clusterName, toStandardOutput);
}

/** For both documents: an API server waits 5 seconds for the webhook, unless its registration says more. */
const KEYS_MS = 2_500;

/** Loaded only if it is configured: most callers present a token whose digest is known. */
async function createVerifier({ callers, clusterName }: Config): Promise<VerifyCaller | undefined> {
  if (!callers.tokens || !client) return undefined;
  const discovery = new ClusterDiscovery(client, KEYS_MS);
  const { openCallerTokens } = await import('../../lib/callers/open-caller-tokens.ts');
  return openCallerTokens(
    callers.tokens,
    () => discovery.read(),
    (error) => logCredential(clusterName, error),
  );
}

/** Invalid services stop the start, not the first pod that requests one. */
async function checkServices({ mutate }: Config): Promise<void> {
  if (mutate.services.custom !== undefined || mutate.services.enabled !== 'all') await loadServices(mutate);
}

const config = parseConfig(process.env);
const [client, recordMetrics] = await Promise.all([createClient(config), createRecorder(config)]);
const [reader, verifyCaller] = await Promise.all([createReader(config), createVerifier(config)]);
await checkServices(config);

/** Answers Function URL events (payload format 2.0). */
export const handler = createHandler({ config, reader, verifyCaller, recordMetrics });

/** Every cluster has it. */
const CHECKED = { kind: namespaces, name: 'default' };

const CHECK_MS = 5_000;

/** For a server: reads one object as an admission does. Undefined if the cluster is not read. */
export async function checkCluster(): Promise<ClusterCheck | undefined> {
  if (!client || !reader) return undefined;
  using deadline = new Deadline(CHECK_MS);
  const error: unknown = await reader.read(CHECKED, { deadline, fresh: true }).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  return { url: client.urlOf(''), error };
}

/** For a server: see Credential. */
export function tokenEndsAt(): number | undefined {
  return client?.tokenEndsAt;
}
