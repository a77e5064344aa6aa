// A function that reads another cluster than the one whose API server calls it, and namespaces that are new.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writePrivateFile } from '../../testing/cluster/api-server-files.ts';
import { type ControlPlane, startControlPlane } from '../../testing/cluster/control-plane.ts';
import { createGuardian, type Guardian } from '../../testing/guardian.ts';
import { pod, roleAnnotation, roleArn, serviceAccount, workload } from './manifests.ts';
import { roleOf } from './stored-pod.ts';
import { calledByLabel, readExample, reader, startTestCluster, type TestCluster } from './test-cluster.ts';
import type { WebhookUnderTest } from './webhook-under-test.ts';
import { registerWorkloads } from './workloads-entry.ts';

const missing = 'the cluster that the function reads has no such namespace; check that CWII_KUBE_API_URL is';

const failure = expect.objectContaining({ outcome: 'failed', status: 503, code: 'namespace-missing' });

describe('a function that reads another cluster', () => {
  let cluster: TestCluster;
  let other: ControlPlane;
  let guardian: Guardian;
  let webhook: WebhookUnderTest;
  beforeAll(async () => {
    guardian = createGuardian();
    [cluster, other] = await Promise.all([startTestCluster(['cwii', 'denying']), startControlPlane({})]);
    await other.apply(await readExample('cluster/rbac.yaml'));
    const token = await other.serviceAccountToken(reader.namespace, reader.name);
    const elsewhere = {
      CWII_KUBE_API_URL: other.url,
      CWII_KUBE_CA: other.caPem,
      CWII_KUBE_CREDENTIAL: `file:${await writePrivateFile(guardian.directory, 'other.token', token)}`,
    };
    webhook = await cluster.startWebhook('cwii', elsewhere);
    const denying = await cluster.startWebhook('denying', { ...elsewhere, CWII_ON_READ_FAILURE: 'deny' });
    await cluster.register({ name: 'failing', webhook, failurePolicy: 'Fail' });
    await cluster.register({ name: 'ignored', webhook, failurePolicy: 'Ignore' });
    await cluster.register({ name: 'denying', webhook: denying, failurePolicy: 'Ignore' });
    await registerWorkloads(cluster, { name: 'advice', webhook, timeoutSeconds: 10 });
    for (const name of ['failing', 'ignored', 'denying'])
      await cluster.addNamespace(name, { calledBy: [name, 'advice'], annotations: roleAnnotation(name) });
  });
  afterAll(async () => {
    await cluster?.stop();
    await other?.stop();
    await guardian?.release();
  });

  it('fails for a namespace that the other cluster does not have, and the message names the setting', async () => {
    const { code, stderr } = await cluster.kubectlCreate(pod('failing', 'web'));

    expect(code).not.toBe(0);
    expect(stderr).toContain(`cwii: Namespace failing could not be read from the cluster: ${missing}`);
    expect(await webhook.logged('failing')).toContainEqual(failure);
  });

  it('logs the failure under failurePolicy Ignore', async () => {
    expect(roleOf((await cluster.kubectlCreate(pod('ignored', 'web'))).stored())).toBeUndefined();
    expect(await webhook.logged('ignored')).toContainEqual(failure);
  });

  it('denies the pod with CWII_ON_READ_FAILURE=deny, under failurePolicy Ignore too', async () => {
    const { stderr } = await cluster.kubectlCreate(pod('denying', 'web'));

    expect(stderr).toContain('denied the request: cwii: Namespace denying could not be read from the cluster');
    expect(stderr).toContain('CWII_ON_READ_FAILURE=deny');
  });

  it('cannot give advice, and logs why', async () => {
    await cluster.create(workload('Deployment', 'ignored', 'web', { annotations: roleAnnotation('web') }));
    const lines = await webhook.logged('ignored');

    expect(lines).toContainEqual(expect.objectContaining({ outcome: 'unadvised', code: 'namespace-missing' }));
  });

  it('warns about a ServiceAccount and an owner that the other cluster does not have', async () => {
    await cluster.addNamespace('in-both', { calledBy: ['failing'] });
    await other.createNamespace('in-both');
    await cluster.create(serviceAccount('in-both', 'my-app', roleAnnotation('in-both')));
    const { stderr } = await cluster.kubectlCreate(pod('in-both', 'web', { serviceAccountName: 'my-app' }));
    expect(stderr).toContain('Warning: serviceAccountName "my-app" on Pod in-both/web: the cluster that the function');

    await cluster.create(workload('ReplicaSet', 'in-both', 'web'));
    const lines = await cluster.waitFor('the log line of the pod of the ReplicaSet', async () => {
      const logged = await webhook.logged('in-both');
      return logged.length > 1 && logged;
    });
    expect(lines[1]?.findings).toContain('owner-not-found');
  });
});

describe('a namespace that is new', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startTestCluster();
    await cluster.addWebhook();
  });
  afterAll(async () => cluster?.stop());

  it('is known to the function at once: pods that are created right after it get its role', async () => {
    for (let index = 0; index < 20; index += 1) {
      const name = `new-${index}`;
      const labels = { [calledByLabel('cwii')]: '' };
      await cluster.api('POST', '/api/v1/namespaces', {
        metadata: { name, labels, annotations: roleAnnotation(name) },
      });
      await cluster.create(serviceAccount(name, 'my-app'));
      expect(roleOf(await cluster.create(pod(name, 'web', { serviceAccountName: 'my-app' })))).toBe(roleArn(name));
    }
  });

  it('is missing for the API server itself in a dry run of namespace and pod, which calls no webhook', async () => {
    const namespace = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'dry', labels: { [calledByLabel('cwii')]: '' } },
    };
    const list = { apiVersion: 'v1', kind: 'List', items: [namespace, pod('dry', 'web')] };
    const { stderr } = await cluster.kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(list));

    expect(stderr).toContain('namespaces "dry" not found');
    expect(stderr).not.toContain('cwii');
  });
});
