// Knows what becomes of pods while the cluster cannot be read, as the cluster's owner chose it. What their creators read
// of each fault is test/chaos's.
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiLink, openApiLink } from '../../testing/network/api-link.ts';
import { asks, pod, roleArn, serviceAccount, workload } from './manifests.ts';
import { roleOf } from './stored-pod.ts';
import { reader, startTestCluster, type TestCluster, timeoutSeconds } from './test-cluster.ts';
import type { WebhookUnderTest } from './webhook-under-test.ts';

describe('a cluster that cannot be read', () => {
  let cluster: TestCluster;
  let link: ApiLink;
  let webhook: WebhookUnderTest;
  beforeAll(async () => {
    cluster = await startTestCluster(['cwii', 'denying', 'restricted']);
    link = await openApiLink(cluster.url);
    const byLink = { CWII_KUBE_API_URL: link.url, CWII_CACHE_SECONDS: '0' };
    webhook = await cluster.startWebhook('cwii', byLink);
    await cluster.register({ name: 'failing', webhook, failurePolicy: 'Fail' });
    await cluster.register({ name: 'ignored', webhook, failurePolicy: 'Ignore' });
    const denying = await cluster.startWebhook('denying', { ...byLink, CWII_ON_READ_FAILURE: 'deny' });
    await cluster.register({ name: 'denying', webhook: denying, failurePolicy: 'Ignore' });
    for (const name of ['failing', 'ignored', 'denying']) {
      await cluster.addNamespace(name, { calledBy: [name] });
      await cluster.create(serviceAccount(name, 'my-app', asks(name)));
    }
  });
  afterAll(async () => {
    await cluster?.stop();
    await link?.close();
  });

  describe.each([
    ['refuses connections', () => link.cut(), 'no connection to the API server (ECONNRE', 'cluster-unreachable'],
    [
      'accepts connections and never answers',
      () => link.silence(),
      'the API server did not answer in time',
      'cluster-timeout',
    ],
  ])('because the API server %s', (_, breakLink, cause, code) => {
    beforeAll(() => breakLink());
    afterAll(() => link.restore());

    it.concurrent('lets the pod start without identity under failurePolicy Ignore', async ({ expect }) => {
      expect(roleOf((await createPod('ignored')).stored())).toBeUndefined();
      const last = (await webhook.logged('ignored')).at(-1);
      expect(last).toMatchObject({ outcome: 'failed', status: 503, code });
      expect(last?.milliseconds).toBeLessThan(timeoutSeconds * 1000);
    });

    it.concurrent('refuses the pod even under Ignore with CWII_ON_READ_FAILURE=deny', async ({ expect }) => {
      const { stderr } = await createPod('denying');
      expect(stderr).toContain('admission webhook "denying.cwii.test" denied the request: cwii: ');
      expect(stderr).toContain(cause);
      expect(stderr).toContain('CWII_ON_READ_FAILURE=deny');
    });
  });

  it('gives the identity again as soon as the API server answers', async () => {
    expect(roleOf((await createPod('failing')).stored())).toBe(roleArn('failing'));
  });

  it('costs a retry, and no identity, where only the kept connection is dead', async () => {
    link.silenceOpenConnections();
    // Several at once: the reads share a connection, and one that gives up must not take the others along.
    const created = await Promise.all(Array.from({ length: 6 }, () => createPod('failing')));
    for (const one of created) expect(roleOf(one.stored())).toBe(roleArn('failing'));
  });

  it('is not asked for a pod that opts out of every cloud', async () => {
    await link.cut();
    try {
      const optOut = Object.fromEntries(['aws', 'az', 'gcp'].map((id) => [`cwii.dev/${id}-inject`, 'false']));
      const { code } = await createPod('failing', optOut);
      expect(code).toBe(0);
    } finally {
      await link.restore();
    }
  });

  describe('because of what its account may do', () => {
    beforeAll(async () => {
      await cluster.apply(restrictedReader);
      const token = await cluster.tokenFile(reader.namespace, 'restricted-reader');
      await cluster.addWebhook('restricted', { CWII_KUBE_CREDENTIAL: `file:${token}` });
    });

    it('fails the call of a pod whose owner it may not get, and the event names the kind', async () => {
      await cluster.addNamespace('forbidden', { calledBy: ['restricted'] });
      await cluster.create(workload('Deployment', 'forbidden', 'web', { annotations: asks('forbidden') }));
      expect(await cluster.refusalIn('forbidden')).toContain(
        "cwii: Deployment forbidden/web could not be read from the cluster: the function's user may not get deployments (403)",
      );
    });

    it('does not matter where an owner that it may not get was only guessed', async () => {
      await cluster.addNamespace('guessed', { calledBy: ['restricted'] });
      await cluster.create(workload('Job', 'guessed', 'migrate-3', { annotations: asks('Job') }));
      expect(roleOf(await cluster.podIn('guessed'))).toBe(roleArn('Job'));
    });

    it('fails the call too while its token is not accepted, until the file has another one', async () => {
      await cluster.addNamespace('renewed', { calledBy: ['restricted'] });
      const path = await cluster.tokenFile(reader.namespace, 'restricted-reader');
      await writeFile(path, 'expired');
      const { stderr } = await createPod('renewed', asks('renewed'), 'default');
      expect(stderr).toContain("the API server does not accept the function's token (401)");

      await cluster.tokenFile(reader.namespace, 'restricted-reader');
      expect(roleOf((await createPod('renewed', asks('renewed'), 'default')).stored())).toBe(roleArn('renewed'));
    });
  });

  let pods = 0;
  function createPod(namespace: string, annotations = {}, serviceAccountName = 'my-app') {
    pods += 1;
    return cluster.kubectlCreate(pod(namespace, `pod-${pods}`, { annotations, serviceAccountName }));
  }
});

/** An account that may get ServiceAccounts, namespaces, ReplicaSets and Jobs, but not what owns the latter two. */
const restrictedReader = `
apiVersion: v1
kind: ServiceAccount
metadata: { name: restricted-reader, namespace: ${reader.namespace} }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: restricted-reader }
rules:
  - { apiGroups: [""], resources: [serviceaccounts, namespaces], verbs: [get] }
  - { apiGroups: [apps], resources: [replicasets], verbs: [get] }
  - { apiGroups: [batch], resources: [jobs], verbs: [get] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: restricted-reader }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: restricted-reader }
subjects:
  - { kind: ServiceAccount, name: restricted-reader, namespace: ${reader.namespace} }
`;
