// Knows that the clouds' own SDKs get their credentials by what a real cluster makes: the pod that it stores, the tokens
// that it issues, the key set that it publishes.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askSdks } from '../sdk/ask-sdks.ts';
import { sessionOf } from '../sdk/aws-endpoint.ts';
import { clientToken } from '../sdk/azure-endpoint.ts';
import type { RunnablePod, TokenSource } from '../sdk/container.ts';
import { mountRoot } from '../sdk/federated-cluster.ts';
import { impersonatedToken } from '../sdk/gcp-endpoint.ts';
import type { ClusterIdentity } from '../sdk/token-issuer.ts';
import * as trust from '../sdk/trust.ts';
import { pod, serviceAccount, workload } from './manifests.ts';
import type { StoredPod } from './stored-pod.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';

const { namespace, asksAws, asksGcp, asksAzure } = trust;
const annotations = { ...asksAws, ...asksGcp, ...asksAzure, 'cwii.dev/aws-role-session-name': '$(pod.name)' };
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
    // By kubectl, because the API server gives it to no client that accepts application/json alone.
    const { stdout } = await cluster.kubectl(['get', '--raw', '/openid/v1/jwks']);
    published = { issuer: cluster.issuer, jwks: JSON.parse(stdout) };
  });
  afterAll(async () => {
    await cluster?.stop();
    if (root) await rm(root, { recursive: true });
  });

  it('get the credentials of all three clouds, where a Deployment asks for them', async () => {
    const spec = { containers, serviceAccountName: trust.serviceAccount };
    await cluster.create(workload('Deployment', namespace, 'web', { annotations, pod: spec }));
    const stored = await cluster.podIn(namespace);

    const { said } = await ask(stored);

    expect(stored.metadata.annotations).toMatchObject({ 'cwii.dev/injected': 'aws,az,gcp' });
    expect(said).toMatchObject({
      'aws default chain': { gave: { sessionToken: sessionOf(trust.roleArn, stored.metadata.name) } },
      gcp: { gave: { token: impersonatedToken(trust.googleAccount) } },
      'azure default': { gave: { token: clientToken(trust.clientId, 'https://vault.azure.net/.default') } },
    });
  });

  it('are refused by all three clouds with the token of another ServiceAccount', async () => {
    const manifest = pod(namespace, 'intruder', { annotations, containers, serviceAccountName: 'stranger' });
    const { said } = await ask(await cluster.create(manifest));
    expect(said).toMatchObject({
      'aws default chain': { failed: { name: 'AccessDenied' } },
      gcp: { failed: { message: expect.stringContaining('rejected by the attribute condition') } },
      'azure default': { failed: { message: expect.stringContaining('AADSTS700213') } },
    });
  });

  function ask(stored: StoredPod) {
    const requestToken = ({ metadata, spec }: RunnablePod, { audience, expirationSeconds: seconds }: TokenSource) =>
      cluster.serviceAccountToken(metadata.namespace, spec.serviceAccountName ?? '', {
        audiences: [audience],
        seconds,
      });
    return askSdks(stored as RunnablePod, 'app', ways, { cluster: published, kubelet: { root, requestToken } });
  }
});
