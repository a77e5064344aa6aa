// The generated FlowSchema on a real API server with few seats: a burst of pods with enough reads.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { toCommentedYaml } from '../../cli/manifests/commented-yaml.ts';
import { flowObjects } from '../../cli/manifests/flow-schema.ts';
import { accessObjects } from '../../cli/manifests/rbac.ts';
import { webhookConfiguration } from '../../cli/manifests/webhook-configuration.ts';
import { createTestAuthority } from '../../testing/certificates.ts';
import { writePrivateFile } from '../../testing/cluster/api-server-files.ts';
import { type ControlPlane, startControlPlane } from '../../testing/cluster/control-plane.ts';
import { createGuardian, type Guardian } from '../../testing/guardian.ts';
import { callApi } from './call-api.ts';
import { pod, roleAnnotation, serviceAccount } from './manifests.ts';
import { roleOf, type StoredPod } from './stored-pod.ts';
import { startWebhook, type WebhookUnderTest } from './webhook-under-test.ts';

const PODS = 40;
const reading = { identities: 'service-account', ownerKinds: [] } as const;

let guardian: Guardian;
let cluster: ControlPlane;
let webhook: WebhookUnderTest;
/** Tokens of the ServiceAccounts that create the pods and that read for the webhook. */
let builder: string;
let reader: string;

beforeAll(async () => {
  guardian = createGuardian();
  const { directory } = guardian;
  const authority = await createTestAuthority();
  cluster = await startControlPlane({
    trustedCaPem: authority.certPem,
    // API priority and fairness divides the sum: about six seats for ServiceAccounts in general.
    apiServerFlags: ['--max-requests-inflight=10', '--max-mutating-requests-inflight=5'],
  });
  await cluster.apply(
    toCommentedYaml('Access', [
      ...accessObjects({ ...reading, issuer: false, callerTokens: false }),
      {
        object: {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRoleBinding',
          metadata: { name: 'builder' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
          subjects: [{ kind: 'ServiceAccount', namespace: 'default', name: 'default' }],
        },
      },
    ]),
  );
  builder = await cluster.serviceAccountToken('default', 'default');
  reader = await cluster.serviceAccountToken('cwii-system', 'cwii-reader');
  webhook = await startWebhook({
    certificate: await authority.issue(),
    guardian,
    env: {
      CWII_ALLOW_ANONYMOUS: 'true',
      CWII_KUBE_API_URL: cluster.url,
      CWII_KUBE_CA: cluster.caPem,
      CWII_KUBE_CREDENTIAL: `file:${await writePrivateFile(directory, 'reader.token', reader)}`,
      // Every pod causes its own reads, as if each came to another sandbox of the function.
      CWII_CACHE_SECONDS: '0',
    },
  });
  await cluster.api(
    'POST',
    '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
    webhookConfiguration({
      url: `${webhook.origin}/mutate`,
      namespaces: 'labelled',
      failurePolicy: 'Ignore',
      timeoutSeconds: 5,
      ownerKinds: [],
    }),
  );
  await cluster.createNamespace('warm-up', { 'cwii.dev/inject': 'enabled' });
  await cluster.waitFor('the webhook to be called', async () => {
    await cluster.api('POST', '/api/v1/namespaces/warm-up/pods?dryRun=All', pod('warm-up', 'web'));
    return webhook.calls > 0;
  });
});
afterAll(async () => {
  await webhook?.stop();
  await cluster?.stop();
  await guardian?.release();
});

it('without the FlowSchema, the reads of a burst wait behind its pods and some pods get no identity', async () => {
  expect(await burst('without')).toBeLessThan(PODS);
});

it('with the FlowSchema, every pod of the burst gets its identity', async () => {
  await cluster.apply(toCommentedYaml('Flow control', flowObjects(reading)));
  const { uid } = (
    await cluster.api<{ metadata: { uid: string } }>(
      'GET',
      '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/cwii-reader',
    )
  ).metadata;
  await cluster.waitFor('the FlowSchema to take effect', async () => {
    const { headers } = await callApi(cluster, '/api/v1/namespaces/default', { token: reader });
    return headers['x-kubernetes-pf-flowschema-uid'] === uid;
  });

  expect(await burst('with')).toBe(PODS);
});

/** Creates all pods at once, as a user. @returns how many of them got their identity. */
async function burst(namespace: string): Promise<number> {
  await cluster.createNamespace(namespace, { 'cwii.dev/inject': 'enabled' });
  await cluster.api(
    'POST',
    `/api/v1/namespaces/${namespace}/serviceaccounts`,
    serviceAccount(namespace, 'my-app', roleAnnotation('account')),
  );
  const answers = await Promise.all(
    Array.from({ length: PODS }, (_, index) =>
      callApi(cluster, `/api/v1/namespaces/${namespace}/pods`, {
        token: builder,
        method: 'POST',
        body: pod(namespace, `web-${index}`, { serviceAccountName: 'my-app' }),
      }),
    ),
  );
  // 201 without a role: the call of the webhook timed out. 429: the pod itself got no seat in time.
  return answers.filter(({ status, body }) => status === 201 && roleOf(body as StoredPod) !== undefined).length;
}
