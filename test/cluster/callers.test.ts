// The callers that the webhook accepts, and the pods of an API server that it rejects.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../../testing/certificates.ts';
import { waitFor } from '../../testing/wait-for.ts';
import { pod, roleAnnotation, roleArn } from './manifests.ts';
import { roleOf } from './stored-pod.ts';
import { sha256, startTestCluster, type TestCluster } from './test-cluster.ts';
import type { WebhookUnderTest } from './webhook-under-test.ts';

const pathKey = 'uTlL0aD3zqVb6dJ2m5nYw8';

describe('the API server as the caller of the webhook', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startTestCluster(['cwii', 'mistaken']);
  });
  afterAll(() => cluster?.stop());

  it('is accepted with the token of its webhook kubeconfig', async () => {
    await cluster.addWebhook();
    await cluster.addNamespace('by-token');
    expect(await roleOfNewPod('by-token')).toBe(roleArn('by-token'));
  });

  describe('with a wrong token', () => {
    let webhook: WebhookUnderTest;
    beforeAll(async () => {
      webhook = await cluster.startWebhook('mistaken', { CWII_CALLER_TOKEN_SHA256: sha256('another token') });
    });

    it('creates no pod under failurePolicy Fail', async () => {
      await cluster.register({ name: 'mistaken-fail', webhook, failurePolicy: 'Fail' });
      await cluster.addNamespace('mistaken-fail', { calledBy: ['mistaken-fail'] });
      const { code, stderr } = await createPod('mistaken-fail');

      expect(code).toBe(1);
      expect(stderr).toContain('failed calling webhook "mistaken-fail.cwii.test"');
      expect(stderr).toContain('unauthorized');
    });

    it('creates the pod without an identity under failurePolicy Ignore', async () => {
      await cluster.register({ name: 'mistaken-ignore', webhook, failurePolicy: 'Ignore' });
      await cluster.addNamespace('mistaken-ignore', { calledBy: ['mistaken-ignore'] });
      expect(await roleOfNewPod('mistaken-ignore')).toBeUndefined();
    });

    it('is logged with the code of the refusal and without its request', () => {
      const last = JSON.parse(webhook.log().at(-1) ?? '') as object;
      expect(last).toMatchObject({ outcome: 'refused', code: 'unauthorized', status: 401 });
      expect(last).not.toHaveProperty('pod');
    });
  });

  describe('with a key in the path', () => {
    let webhook: WebhookUnderTest;
    beforeAll(async () => {
      // Not among the callers at the start, so the API server sends no token.
      webhook = await cluster.startWebhook('keyed', { CWII_PATH_KEY_SHA256: sha256(pathKey) });
    });

    it('is accepted, and the key is not logged', async () => {
      await cluster.register({ name: 'keyed', webhook, path: `/k/${pathKey}` });
      await cluster.addNamespace('keyed', { calledBy: ['keyed'] });

      expect(await roleOfNewPod('keyed')).toBe(roleArn('keyed'));
      expect(webhook.log().join('\n')).not.toContain(pathKey);
    });

    it.each([
      ['another key', 'other-key', '/k/another'],
      ['no key', 'no-key', '/mutate'],
    ])('is rejected with %s', async (_, name, path) => {
      await cluster.register({ name, webhook, path });
      await cluster.addNamespace(name, { calledBy: [name] });
      const { code, stderr } = await createPod(name);

      expect(code).toBe(1);
      expect(stderr).toContain('unauthorized');
    });
  });

  describe('with a caBundle of another authority', () => {
    it('does not connect, and the log of the server names the remedy', async () => {
      const webhook = await cluster.addWebhook('distrustful', { CWII_ALLOW_ANONYMOUS: 'true' });
      await cluster.addNamespace('distrustful', { calledBy: ['distrustful'] });
      const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/distrustful';
      const { webhooks } = await cluster.api<{ webhooks: { clientConfig: object }[] }>('GET', path);
      const { certPem } = await createTestAuthority();
      const caBundle = Buffer.from(certPem).toString('base64');
      await cluster.api('PATCH', path, {
        webhooks: webhooks.map((entry) => ({ ...entry, clientConfig: { ...entry.clientConfig, caBundle } })),
      });

      const stderr = await waitFor('the API server to use the caBundle', async () => {
        const created = await cluster.kubectlCreate(pod('distrustful', `app-${randomUUID().slice(0, 8)}`));
        return created.code !== 0 && created.stderr;
      });
      const line = await waitFor('the line', () => webhook.log().find((text) => text.includes('tls-handshake-failed')));

      expect(stderr).toContain('x509: certificate signed by unknown authority');
      expect(line).toContain('set caBundle in the webhook configuration to the authority that signed it');
    });
  });

  function createPod(namespace: string) {
    return cluster.kubectlCreate(pod(namespace, 'app', { annotations: roleAnnotation(namespace) }));
  }

  async function roleOfNewPod(namespace: string): Promise<string | undefined> {
    const created = await createPod(namespace);
    expect(created).toMatchObject({ code: 0, stderr: '' });
    return roleOf(created.stored());
  }
});
