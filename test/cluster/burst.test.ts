// The generated FlowSchema on a real API server with few places: a burst of pods does not starve the reads that it waits for.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toCommentedYaml } from '../../cli/manifests/commented-yaml.ts';
import { flowObjects } from '../../cli/manifests/flow-schema.ts';
import { accessObjects } from '../../cli/manifests/rbac.ts';
import { webhookConfiguration } from '../../cli/manifests/webhook-configuration.ts';
import { createTestAuthority } from '../../testing/certificates.ts';
import { writePrivateFile } from '../../testing/cluster/api-server-files.ts';
import { type ControlPlane, startControlPlane } from '../../testing/cluster/control-plane.ts';
import { createGuardian, type Guardian } from '../../testing/guardian.ts';
import { freePort } from '../../testing/ports.ts';
import { callApi } from './call-api.ts';
import { asks, pod, serviceAccount } from './manifests.ts';
import { roleOf, type StoredPod } from './stored-pod.ts';
import { startWebhook, type WebhookUnderTest } from './webhook-under-test.ts';

const PODS = 40;
const reading = { identities: 'service-account', ownerKinds: [] } as const;

let guardian: Guardian;
let cluster: ControlPlane;
let webhook: WebhookUnderTest;
/** Tokens of who makes the pods, and of who reads for the webhook. */
let builder: string;
let reader: string;

beforeAll(async () => {
  guardian = createGuardian();
  const { directory } = guardian;
  const authority = await createTestAuthority();
  const { certPem, keyPem } = await authority.issue();
  cluster = await startControlPlane({
    trustedCaPem: authority.certPem,
    // Priority and fairness divides the sum: some six places for all ServiceAccounts without a level of their own.
    apiServerFlags: ['--max-requests-inflight=10', '--max-mutating-requests-inflight=5'],
  });
  await cluster.apply(
    toCommentedYaml('Access', [
      ...accessObjects({ ...reading, issuer: false }),
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
    port: await freePort(),
    certificatePath: await writePrivateFile(directory, 'webhook.crt', certPem),
    keyPath: await writePrivateFile(directory, 'webhook.key', keyPem),
    guardian,
    env: {
      CWII_ALLOW_ANONYMOUS: 'true',
      CWII_KUBE_API_URL: cluster.url,
      CWII_KUBE_CA: cluster.caPem,
      CWII_KUBE_CREDENTIAL: `file:${await writePrivateFile(directory, 'reader.token', reader)}`,
      // Each pod is read for anew, as by as many sandboxes of the function.
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

it('without it, pods wait for reads that wait behind pods', async () => {
  expect(await burst('without')).toBeLessThan(PODS);
});

it('with it, every pod of the burst has its identity', async () => {
  await cluster.apply(toCommentedYaml('Flow control', flowObjects(reading)));
  const { uid } = (
    await cluster.api<{ metadata: { uid: string } }>(
      'GET',
      '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/cwii-reader',
    )
  ).metadata;
  await cluster.waitFor('the FlowSchema to be at work', async () => {
    const { headers } = await callApi(cluster, '/api/v1/namespaces/default', { token: reader });
    return headers['x-kubernetes-pf-flowschema-uid'] === uid;
  });
  expect(await burst('with')).toBe(PODS);
});

/** Makes all pods at once, as a user; how many of them have their identity. */
async function burst(namespace: string): Promise<number> {
  await cluster.createNamespace(namespace, { 'cwii.dev/inject': 'enabled' });
  await cluster.api(
    'POST',
    `/api/v1/namespaces/${namespace}/serviceaccounts`,
    serviceAccount(namespace, 'my-app', asks('account')),
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
  // 201 and no role: the webhook was given up. 429: the pod itself had no place in time.
  return answers.filter(({ status, body }) => status === 201 && roleOf(body as StoredPod) !== undefined).length;
}
