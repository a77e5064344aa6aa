// `cwii check` with registrations that `cwii manifests` did not name: of `cwii serve`, and in a migration.

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serviceAccount } from '../manifests.ts';
import { REGISTRATION } from './fault-matrix.ts';
import { type HealthyCluster, problemsIn, startHealthyCluster } from './healthy-cluster.ts';

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';

let healthy: HealthyCluster;
beforeAll(async () => {
  healthy = await startHealthyCluster();
});
afterAll(() => healthy?.stop());

const deleteRegistration = (name: string) => healthy.cluster.api('DELETE', `${CONFIGURATIONS}/${name}`);

async function registrationWith(name: string): Promise<void> {
  const { webhooks } = await healthy.cluster.api<{ webhooks: object[] }>('GET', REGISTRATION);
  await healthy.cluster.apply(
    JSON.stringify({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name },
      webhooks,
    }),
  );
}

async function checked(...args: string[]) {
  const report = await healthy.report(...args);
  const checks = new Map(report.categories.flatMap((category) => category.checks).map((one) => [one.code, one]));
  return { report, checks };
}

describe('cwii check finds the registration by its webhook for pods', () => {
  beforeEach(async () => {
    await healthy.applyStep('3-webhook');
    return async () => {
      const { items } = await healthy.cluster.api<{ items: { metadata: { name: string } }[] }>('GET', CONFIGURATIONS);
      for (const { metadata } of items) await deleteRegistration(metadata.name);
    };
  });

  it('which has another name during a migration', async () => {
    await registrationWith('cwii-external');
    await deleteRegistration('cwii');

    const { report, checks } = await checked();

    expect(problemsIn(report)).toEqual([]);
    expect(checks.get('webhook-registered')?.detail).toBe('as cwii-external');
  });

  it('and compares it with cwii.yaml', async () => {
    await registrationWith('cwii-external');
    await deleteRegistration('cwii');
    const undo = await healthy.editClusterFile((entry) => {
      entry['webhook'] = { timeoutSeconds: 9 };
    });

    const { checks } = await checked('--only', 'webhook-settings');
    await undo();

    expect(checks.get('webhook-settings')).toMatchObject({
      result: 'failed',
      cause: expect.stringMatching(
        /^in MutatingWebhookConfiguration cwii-external, .*timeoutSeconds is 10 instead of 9/,
      ),
      remedy: expect.stringMatching(/^correct MutatingWebhookConfiguration cwii-external;/),
    });
  });

  it('and names both if there are two', async () => {
    await registrationWith('cwii-external');

    const { checks } = await checked('--only', 'webhook-registered');

    expect(checks.get('webhook-registered')?.detail).toBe('cwii and cwii-external; compared is the first');
  });

  it('of `cwii serve`, for which no cwii.yaml exists', async () => {
    const example = await readFile('examples/cluster/webhook.yaml', 'utf8');
    const ca = Buffer.from(healthy.authority.certPem).toString('base64');
    await deleteRegistration('cwii');
    await healthy.cluster.apply(
      example
        .replaceAll('https://cwii.example.com:8443', healthy.webhookOrigin)
        .replaceAll('caBundle: ""', `caBundle: ${ca}`)
        .replace('timeoutSeconds: 5', 'timeoutSeconds: 10'),
    );
    await healthy.cluster.createNamespace('serve');
    const account = serviceAccount('serve', 'web', { 'cwii.dev/aws-role-arn': 'arn:aws:iam::111122223333:role/web' });
    await healthy.cluster.apply(JSON.stringify(account));

    const { report, checks } = await healthy.withoutClusterFile(() => checked());

    expect(problemsIn(report)).toEqual([]);
    expect(checks.get('webhook-registered')?.detail).toBe('as cwii-serve');
    expect(checks.get('webhook-dry-run')?.result).toBe('passed');
    for (const code of ['webhook-url', 'webhook-selectors', 'webhook-settings'])
      expect(checks.get(code), code).toMatchObject({ result: 'skipped', cause: 'cwii.yaml was not found' });
  });
});
