// A node whose kubelet is an HTTPS server on loopback: it serves the logs of containers to the API server.
//
// The API server finds it by the addresses and the port in the status of the node, as it finds a kubelet.

import { createServer } from 'node:https';
import type { TestAuthority } from '../../../testing/certificates.ts';
import type { ControlPlane } from '../../../testing/cluster/control-plane.ts';
import { listen } from '../../../testing/ports.ts';

export const NODE = 'worker';

export interface KubeletStandIn {
  /** The logs by `NAMESPACE/POD/CONTAINER`, with `?previous` for the run before a restart. */
  readonly logs: Map<string, string>;
  /** The paths that the API server asked for, with their queries. */
  readonly requests: string[];
  stop(): Promise<void>;
}

export async function startKubelet(cluster: ControlPlane, authority: TestAuthority): Promise<KubeletStandIn> {
  const logs = new Map<string, string>();
  const requests: string[] = [];
  const { certPem: cert, keyPem: key } = await authority.issue();
  const server = createServer({ cert, key }, ({ url = '' }, answer) => {
    requests.push(url);
    const { pathname, searchParams } = new URL(url, 'https://kubelet');
    const [, name] = /^\/containerLogs\/(.+)$/.exec(pathname) ?? [];
    const log =
      name === undefined ? undefined : logs.get(searchParams.get('previous') === 'true' ? `${name}?previous` : name);
    // As a kubelet answers for a container that has no log.
    if (log === undefined) answer.writeHead(400).end(`container of ${name} is waiting to start`);
    else answer.writeHead(200, { 'content-type': 'text/plain' }).end(log);
  });
  const port = await listen(server);
  await cluster.api('POST', '/api/v1/nodes', { metadata: { name: NODE } });
  await cluster.api('PATCH', `/api/v1/nodes/${NODE}/status`, {
    status: {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
    },
  });
  return {
    logs,
    requests,
    stop: async () => {
      await cluster.api('DELETE', `/api/v1/nodes/${NODE}`);
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}

/** Reports the state of containers, as a kubelet does. */
export function reportStatus(cluster: ControlPlane, namespace: string, name: string, status: object): Promise<unknown> {
  return cluster.api('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}/status`, { status });
}

/** Posts an event about a pod, as a kubelet does. */
export function postEvent(
  cluster: ControlPlane,
  namespace: string,
  name: string,
  { reason, message, type = 'Warning' }: { readonly reason: string; readonly message: string; readonly type?: string },
): Promise<unknown> {
  const now = new Date().toISOString();
  return cluster.api('POST', `/api/v1/namespaces/${namespace}/events`, {
    metadata: { namespace, generateName: `${name}.` },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name },
    source: { component: 'kubelet', host: NODE },
    type,
    reason,
    message,
    firstTimestamp: now,
    lastTimestamp: now,
    count: 3,
  });
}
