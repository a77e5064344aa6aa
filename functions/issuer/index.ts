// The entry of the issuer function: configuration, the way into the cluster and the bucket are made once, at start.

import { S3Client } from '@aws-sdk/client-s3';
import { patient } from '../../lib/cluster/credentials/aws-call.ts';
import { ClusterDiscovery } from '../../lib/cluster/discovery.ts';
import { ClusterConnection } from '../../lib/cluster/http/connection.ts';
import { openCluster } from '../../lib/cluster/open.ts';
import { logCredential, toStandardOutput } from '../../lib/common/log.ts';
import { parseIssuerConfig } from '../../lib/issuer/config.ts';
import { createMetrics } from '../embedded-metrics.ts';
import { createHandler } from './handler.ts';
import { S3Bucket } from './s3-bucket.ts';

const config = parseIssuerConfig(process.env);
const { clusterName, cluster } = config;

async function openDiscovery(): Promise<ClusterDiscovery> {
  const { url, ca, credential: source } = cluster;
  if (!source) return new ClusterDiscovery(new ClusterConnection({ url, ca }), undefined, url);
  const { connection, credential } = await openCluster({ url, ca, credential: source }, (error) =>
    logCredential(clusterName, error),
  );
  return new ClusterDiscovery(connection, credential, url);
}

const discovery = await openDiscovery();

/** Answers a schedule's events, `{}`, `{"drop":["KID"]}` and `{"undrop":["KID"]}`. */
export const handler = createHandler({
  config,
  bucket: new S3Bucket(new S3Client(patient), config.bucket),
  readCluster: () => discovery.read(),
  now: Date.now,
  recordMetrics: createMetrics('issuer', clusterName, toStandardOutput),
  writeLog: toStandardOutput,
});
