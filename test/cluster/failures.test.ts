// Pods while the API server cannot be read, under each failure policy. test/chaos/ checks the messages.

import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiLink, openApiLink } from '../../testing/network/api-link.ts';
import { pod, roleAnnotation, roleArn, serviceAccount, workload } from './manifests.ts';
import { roleOf } from './stored-pod.ts';
import { reader, startTestCluster, type TestCluster } from './test-cluster.ts';
import type { WebhookUnderTest } from './webhook-under-test.ts';

describe('the function', () => {
  let cluster: TestCluster;
  let link: ApiLink;
  let webhook: WebhookUnderTest;
  beforeAll(async () => {
    cluster = await startTestCluster(['cwii', 'denying', 'restricted']);
    link = await openApiLink(cluster.url);
    const throughLink = { CWII_KUBE_API_URL: link.url, CWII_CACHE_SECONDS: '0' };
    webhook = await cluster.startWebhook('cwii', throughLink);
    await cluster.register({ name: 'failing', webhook, failurePolicy: 'Fail' });
    await cluster.register({ name: 'ignored', webhook, failurePolicy: 'Ignore' });
    const denying = await cluster.startWebhook('denying', { ...throughLink, CWII_ON_READ_FAILURE: 'deny' });
    await cluster.register({ name: 'denying', webhook: denying, failurePolicy: 'Ignore' });
    for (const name of ['failing', 'ignored', 'denying']) {
      await cluster.addNamespace(name, { calledBy: [name] });
      await cluster.create(serviceAccount(name, 'my-app', roleAnnotation(name)));
    }
  });
  afterAll(async () => {
    await cluster?.stop();
    await link?.close();
  });

  describe.each([
    {
      fault: 'refuses connections',
      breakLink: () => link.cut(),
      cause: 'no connection to the API server (ECONNRE',
      code: 'cluster-unreachable',
    },
    {
      fault: 'accepts connections and never answers',
      breakLink: () => link.silence(),
      cause: 'the API server did not answer in time',
      code: 'cluster-timeout',
    },
  ])('while the API server $fault,', ({ breakLink, cause, code }) => {
    beforeAll(() => breakLink());
    afterAll(() => link.restore());

    it.concurrent('fails, and the pod starts without an identity under failurePolicy Ignore', async ({ expect }) => {
      expect(roleOf((await createPod('ignored')).stored())).toBeUndefined();
      const last = (await webhook.logged('ignored')).at(-1);
      expect(last).toMatchObject({ outcome: 'failed', status: 503, code });
    });

    it.concurrent('refuses the pod with CWII_ON_READ_FAILURE=deny, under failurePolicy Ignore too', async ({
      expect,
    }) => {
      const { stderr } = await createPod('denying');
      expect(stderr).toContain('admission webhook "denying.cwii.test" denied the request: cwii: ');
      expect(stderr).toContain(cause);
      expect(stderr).toContain('CWII_ON_READ_FAILURE=deny');
    });
  });

  it('injects the identity again as soon as the API server answers', async () => {
    expect(roleOf((await createPod('failing')).stored())).toBe(roleArn('failing'));
  });

  it('retries and injects the identity if only the open connection is dead', async () => {
    link.silenceOpenConnections();
    // Several at once: the reads share a connection, and one read that gives up must not fail the others.
    const created = await Promise.all(Array.from({ length: 6 }, () => createPod('failing')));

    for (const one of created) expect(roleOf(one.stored())).toBe(roleArn('failing'));
  });

  it('reads nothing for a pod that opts out of every cloud', async () => {
    await link.cut();
    try {
      const optOut = Object.fromEntries(['aws', 'az', 'gcp'].map((id) => [`cwii.dev/${id}-inject`, 'false']));
      const { code } = await createPod('failing', optOut);
      expect(code).toBe(0);
    } finally {
      await link.restore();
    }
  });

  describe('with a restricted ServiceAccount', () => {
    beforeAll(async () => {
      await cluster.apply(restrictedReader);
      const token = await cluster.tokenFile(reader.namespace, 'restricted-reader');
      await cluster.addWebhook('restricted', { CWII_KUBE_CREDENTIAL: `file:${token}` });
    });

    it('fails for a pod whose owner it may not get, and the event names the kind', async () => {
      await cluster.addNamespace('forbidden', { calledBy: ['restricted'] });
      await cluster.create(workload('Deployment', 'forbidden', 'web', { annotations: roleAnnotation('forbidden') }));

      expect(await cluster.refusalIn('forbidden')).toContain(
        "cwii: Deployment forbidden/web could not be read from the cluster: the function's user is not allowed to get deployments (HTTP 403)",
      );
    });

    it('ignores that it may not get an owner whose name it only guessed', async () => {
      await cluster.addNamespace('guessed', { calledBy: ['restricted'] });
      await cluster.create(workload('Job', 'guessed', 'migrate-3', { annotations: roleAnnotation('Job') }));
      expect(roleOf(await cluster.podIn('guessed'))).toBe(roleArn('Job'));
    });

    it('fails while its token is rejected, and works as soon as the file has a new one', async () => {
      await cluster.addNamespace('renewed', { calledBy: ['restricted'] });
      const path = await cluster.tokenFile(reader.namespace, 'restricted-reader');
      await writeFile(path, 'expired');
      const { stderr } = await createPod('renewed', roleAnnotation('renewed'), 'default');
      expect(stderr).toContain("the API server rejected the function's token (HTTP 401)");

      await cluster.tokenFile(reader.namespace, 'restricted-reader');
      expect(roleOf((await createPod('renewed', roleAnnotation('renewed'), 'default')).stored())).toBe(
        roleArn('renewed'),
      );
    });
  });

  let pods = 0;
  function createPod(namespace: string, annotations = {}, serviceAccountName = 'my-app') {
    pods += 1;
    return cluster.kubectlCreate(pod(namespace, `pod-${pods}`, { annotations, serviceAccountName }));
  }
});

/**
 * A ServiceAccount that may get everything it needs except Deployments and CronJobs.
 */
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
