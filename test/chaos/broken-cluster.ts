// A real cluster with a breakable network path from the function to the API server.

import { createTestAuthority } from '../../testing/certificates.ts';
import type { NetworkPath } from '../../testing/fault-table.ts';
import { openApiLink } from '../../testing/network/api-link.ts';
import { type FaultProxyOptions, startFaultProxy } from '../../testing/network/fault-proxy.ts';
import { pod, roleAnnotation, serviceAccount } from '../cluster/manifests.ts';
import { type Created, startTestCluster, type TestCluster } from '../cluster/test-cluster.ts';
import type { WebhookUnderTest } from '../cluster/webhook-under-test.ts';
import { certificateOfAnotherHost, expiredCertificate } from '../fakes/odd-certificates.ts';

export interface BrokenCluster extends NetworkPath {
  readonly cluster: TestCluster;
  readonly webhook: WebhookUnderTest;
  /** Ends all faults. */
  heal(): Promise<void>;
  /** Starts another function, of the caller `later`, with its own settings on the same path. */
  addLater(env: Readonly<Record<string, string>>): Promise<WebhookUnderTest>;
  /** Creates a pod in the namespace `chaos`, whose ServiceAccount asks for a role, as a user does. */
  createPod(): Promise<Created>;
  stop(): Promise<void>;
}

/** @param env variables of the function, in addition to those for its access to the cluster. */
export async function startBrokenCluster(
  env: Readonly<Record<string, string>> = {},
  options: Pick<FaultProxyOptions, 'http1Only'> = {},
): Promise<BrokenCluster> {
  const [cluster, authority, expired, otherHost] = await Promise.all([
    startTestCluster(['chaos', 'later']),
    createTestAuthority(),
    expiredCertificate(),
    certificateOfAnotherHost(),
  ]);
  const certificate = await authority.issue();
  const proxy = await startFaultProxy({ apiServer: cluster, certificate, ...options });
  const link = await openApiLink(proxy.url);
  const path = {
    CWII_KUBE_API_URL: link.url,
    // It trusts all three authorities, and must reject two of the certificates for other reasons.
    CWII_KUBE_CA: [authority.certPem, expired.caPem, otherHost.caPem].join('\n'),
    CWII_CACHE_SECONDS: '0',
  };
  const webhook = await cluster.addWebhook('chaos', { ...path, ...env });
  await cluster.addNamespace('chaos', { calledBy: ['chaos'] });
  await cluster.create(serviceAccount('chaos', 'my-app', roleAnnotation('chaos')));
  let pods = 0;
  return {
    cluster,
    webhook,
    link,
    proxy,
    expired,
    otherHost,
    heal: async () => {
      proxy.heal();
      await proxy.present(certificate);
      await link.restore();
    },
    addLater: (settings) => cluster.addWebhook('later', { ...path, ...settings }),
    createPod: () => {
      pods += 1;
      return cluster.kubectlCreate(pod('chaos', `pod-${pods}`, { serviceAccountName: 'my-app' }));
    },
    stop: async () => {
      await cluster.stop();
      await link.close();
      await proxy.close();
    },
  };
}
