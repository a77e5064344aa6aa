// The SDKs of the clouds get credentials with the pods, tokens and key set of a real cluster.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sessionOf } from '../sdk/aws-endpoint.ts';
import { clientToken } from '../sdk/azure-endpoint.ts';
import type { RunnablePod, TokenSource } from '../sdk/container.ts';
import { mountRoot } from '../sdk/federated-cluster.ts';
import { impersonatedToken } from '../sdk/gcp-endpoint.ts';
import { runSdks } from '../sdk/run-sdks.ts';
import type { ClusterIdentity } from '../sdk/token-issuer.ts';
import * as trust from '../sdk/trust.ts';
import { pod, serviceAccount, workload } from './manifests.ts';
import type { StoredPod } from './stored-pod.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';

const { namespace, awsAnnotations, gcpAnnotations, azureAnnotations } = trust;
const annotations = {
  ...awsAnnotations,
  ...gcpAnnotations,
  ...azureAnnotations,
  'cwii.dev/aws-role-session-name': '$(pod.name)',
};
const env = [
  { name: 'AWS_REGION', value: 'eu-central-1' },
  { name: 'GOOGLE_CLOUD_PROJECT', value: trust.gcpProject },
];
const containers = [{ name: 'app', image: 'registry.example/app', env }];
const ways = ['aws default chain', 'gcp', 'azure default'] as const;

describe("the clouds' SDKs in a pod of a real cluster", () => {
  let root: string;
  let cluster: TestCluster;
  let published: ClusterIdentity;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'cwii-node-'));
    cluster = await startTestCluster();
    await cluster.addWebhook('cwii', { CWII_MOUNT_ROOT: mountRoot(root) });
    await cluster.addNamespace(namespace);
    for (const name of [trust.serviceAccount, 'stranger']) await cluster.create(serviceAccount(namespace, name));
    // With kubectl, because the API server does not serve it to clients that only accept application/json.
    const { stdout } = await cluster.kubectl(['get', '--raw', '/openid/v1/jwks']);
    published = { issuer: cluster.issuer, jwks: JSON.parse(stdout) };
  });
  afterAll(async () => {
    await cluster?.stop();
    if (root) await rm(root, { recursive: true });
  });

  it('get the credentials of all three clouds if a Deployment asks for them', async () => {
    const spec = { containers, serviceAccountName: trust.serviceAccount };
    await cluster.create(workload('Deployment', namespace, 'web', { annotations, pod: spec }));
    const stored = await cluster.podIn(namespace);

    const { results } = await runSdksIn(stored);

    expect(stored.metadata.annotations).toMatchObject({ 'cwii.dev/injected': 'aws,az,gcp' });
    expect(results).toMatchObject({
      'aws default chain': { credentials: { sessionToken: sessionOf(trust.roleArn, stored.metadata.name) } },
      gcp: { credentials: { token: impersonatedToken(trust.googleAccount) } },
      'azure default': { credentials: { token: clientToken(trust.clientId, 'https://vault.azure.net/.default') } },
    });
  });

  it('are rejected by all three clouds with the token of another ServiceAccount', async () => {
    const manifest = pod(namespace, 'intruder', { annotations, containers, serviceAccountName: 'stranger' });
    const { results } = await runSdksIn(await cluster.create(manifest));

    expect(results).toMatchObject({
      'aws default chain': { error: { name: 'AccessDenied' } },
      gcp: { error: { message: expect.stringContaining('rejected by the attribute condition') } },
      'azure default': { error: { message: expect.stringContaining('AADSTS700213') } },
    });
  });

  function runSdksIn(stored: StoredPod) {
    const requestToken = ({ metadata, spec }: RunnablePod, { audience, expirationSeconds: seconds }: TokenSource) =>
      cluster.serviceAccountToken(metadata.namespace, spec.serviceAccountName ?? '', {
        audiences: [audience],
        seconds,
      });
    return runSdks(stored as RunnablePod, 'app', ways, { cluster: published, kubelet: { root, requestToken } });
  }
});
