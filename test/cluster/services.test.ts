// Tokens for services on a real API server: stored volumes, audiences of real tokens, and a second admission.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pod, serviceAccount, workload } from './manifests.ts';
import { envOf, type StoredPod } from './stored-pod.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';
import { claimsOf, tokenSources } from './three-clouds.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
  await cluster.addWebhook();
});
afterAll(() => cluster?.stop());

describe('bare tokens', () => {
  const namespace = 'tokens';
  const annotations = {
    'cwii.dev/token-vault': 'vault.example.com',
    'cwii.dev/token-vault-env': 'VAULT_TOKEN_FILE',
    'cwii.dev/token-broker': 'https://broker.example.com',
  };
  let stored: StoredPod;
  beforeAll(async () => {
    await cluster.addNamespace(namespace);
    const account = serviceAccount(namespace, 'my-app', { 'cwii.dev/token-vault-expiration': '7200' });
    await cluster.create(account);
    await cluster.create(
      workload('Deployment', namespace, 'web', { annotations, pod: { serviceAccountName: 'my-app' } }),
    );
    stored = await cluster.podIn(namespace);
  });

  it('are stored as a volume each, with a mount and a variable', () => {
    expect(tokenSources(stored)).toEqual({
      'cwii-broker-token': { path: 'token', audience: 'https://broker.example.com', expirationSeconds: 3600 },
      'cwii-vault-token': { path: 'token', audience: 'vault.example.com', expirationSeconds: 7200 },
    });
    expect(envOf(stored)).toMatchObject({ VAULT_TOKEN_FILE: '/var/run/secrets/cwii.dev/vault/token' });
    expect(stored.metadata.annotations).toMatchObject({ 'cwii.dev/injected': 'broker,vault' });
  });

  it('have the audience that the receiver expects and the subject of the ServiceAccount', async () => {
    for (const { audience = '', expirationSeconds } of Object.values(tokenSources(stored))) {
      const asked = { audiences: [audience], seconds: expirationSeconds };
      const claims = claimsOf(await cluster.serviceAccountToken(namespace, 'my-app', asked));
      expect(claims).toMatchObject({ aud: [audience], sub: `system:serviceaccount:${namespace}:my-app` });
    }
  });

  it('deny a pod that would get a token for the API server', async () => {
    const of = { annotations: { 'cwii.dev/token-api': 'https://kubernetes.default.svc' } };
    const { code, stderr } = await cluster.kubectlCreate(pod(namespace, 'api', of));
    expect(code).toBe(1);
    expect(stderr).toContain('this is an audience of the API server');
  });
});
