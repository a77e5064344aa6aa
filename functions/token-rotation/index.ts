// Entry of the token rotation function: creates the clients of the cluster and the secret once, at start.

import { TokenRequests } from '../../lib/cluster/token-requests.ts';
import { toStandardOutput } from '../../lib/common/log.ts';
import { parseRotationConfig } from '../../lib/token-rotation/rotation-config.ts';
import { SecretStore } from '../../lib/token-rotation/secret-store.ts';
import { createMetrics } from '../embedded-metrics.ts';
import { createHandler } from './handler.ts';

const config = parseRotationConfig(process.env);

/** Replaces the token in the secret, whatever the event is. */
export const handler = createHandler({
  ...config,
  store: new SecretStore(config.secret, config.serviceAccount),
  api: new TokenRequests(config.cluster),
  recordMetrics: createMetrics('token-rotation', config.clusterName, toStandardOutput),
  writeLog: toStandardOutput,
});
