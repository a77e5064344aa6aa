// Entry of the issuer function: creates the client of the API server and the bucket once, at start.

import { S3Client } from '@aws-sdk/client-s3';
import { scheduledClientConfig } from '../../lib/cluster/credentials/aws-call.ts';
import { ClusterDiscovery } from '../../lib/cluster/discovery.ts';
import { ApiClient } from '../../lib/cluster/http/api-client.ts';
import { ClusterConnection } from '../../lib/cluster/http/connection.ts';
import { openApiClient } from '../../lib/cluster/open-api-client.ts';
import { logCredential, toStandardOutput } from '../../lib/common/log.ts';
import { parseIssuerConfig } from '../../lib/issuer/issuer-config.ts';
import { createMetrics } from '../embedded-metrics.ts';
import { createHandler } from './handler.ts';
import { S3Bucket } from './s3-bucket.ts';

const config = parseIssuerConfig(process.env);
const { clusterName, cluster } = config;

async function openClient(): Promise<ApiClient> {
  const { url, ca, credential } = cluster;
  if (!credential) return new ApiClient(new ClusterConnection({ url, ca }), undefined);
  return openApiClient({ url, ca, credential }, (error) => logCredential(clusterName, error));
}

const discovery = new ClusterDiscovery(await openClient());

/** Handles the events of a schedule, and the commands `{}`, `{"drop":["KID"]}` and `{"undrop":["KID"]}`. */
export const handler = createHandler({
  config,
  bucket: new S3Bucket(new S3Client(scheduledClientConfig), config.bucket),
  readCluster: () => discovery.read(),
  now: Date.now,
  recordMetrics: createMetrics('issuer', clusterName, toStandardOutput),
  writeLog: toStandardOutput,
});
