// The SDKs of the clouds get credentials with the pods, tokens and key set of a real cluster.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readResults } from '../../testing/sdks/results.ts';
import { rotate } from '../languages/rotation.ts';
import { startSdk } from '../languages/sdk-process.ts';
import { sessionOf } from '../sdk/aws-endpoint.ts';
import { clientToken } from '../sdk/azure-endpoint.ts';
import { startClouds } from '../sdk/clouds.ts';
import { type RunnablePod, startContainer, type TokenSource } from '../sdk/container.ts';
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
/** The annotations for one cloud. */
const of = { aws: awsAnnotations, azure: azureAnnotations, gcp: gcpAnnotations } as const;
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

  describe.each(['javascript', 'python', 'go', 'java'] as const)('the SDK for %s', (language) => {
    const clouds = language === 'java' ? (['aws'] as const) : (['aws', 'azure', 'gcp'] as const);

    it.each(clouds)(
      'gets the credentials of %s, and does what the table says when its token is replaced',
      async (service) => {
        const manifest = pod(namespace, `${language}-${service}`, {
          annotations: of[service],
          containers,
          serviceAccountName: trust.serviceAccount,
        });
        const stored = (await cluster.create(manifest)) as RunnablePod;
        const tokens: string[] = [];
        const kubelet = {
          root,
          requestToken: async (...order: Parameters<typeof requestToken>) => {
            const token = await requestToken(...order);
            tokens.push(token);
            return token;
          },
        };
        const renew = async () => {
          const { env } = await startContainer(stored, 'app', kubelet);
          return { env, token: tokens.at(-1) ?? '' };
        };

        expect(await rotate({ root, renew }, published, { language, service })).toBe(
          readResults()[service]?.['rotation']?.[language],
        );
      },
    );
  });

  it.each(['javascript', 'python', 'go', 'java'] as const)('the SDK for %s assumes a second role', async (language) => {
    const manifest = pod(namespace, `${language}-target`, {
      annotations: { ...awsAnnotations, ...trust.targetRole, 'cwii.dev/aws-region': 'eu-central-1' },
      serviceAccountName: trust.serviceAccount,
    });
    const stored = (await cluster.create(manifest)) as RunnablePod;
    const { env } = await startContainer(stored, 'app', { root, requestToken });
    const fakes = await startClouds(published, root);
    try {
      const sdk = await startSdk({ language, service: 'aws', env, root, clouds: fakes });
      const { credentials } = await sdk.ask();
      await sdk.stop();

      expect(credentials?.['sessionToken']).toContain(sessionOf(trust.targetRole['cwii.dev/aws-target-role-arn'], ''));
    } finally {
      await fakes.stop();
    }
  });

  async function requestToken({ metadata, spec }: RunnablePod, { audience, expirationSeconds: seconds }: TokenSource) {
    const order = { audiences: [audience], seconds };
    return cluster.serviceAccountToken(metadata.namespace, spec.serviceAccountName ?? '', order);
  }

  function runSdksIn(stored: StoredPod) {
    return runSdks(stored as RunnablePod, 'app', ways, { cluster: published, kubelet: { root, requestToken } });
  }
});
