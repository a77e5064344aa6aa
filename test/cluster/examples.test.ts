// examples/cluster makes a working cluster after the user fills in a host name, an authority and paths.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RequestLog } from '../../lib/common/log.ts';
import { createTestAuthority } from '../../testing/certificates.ts';
import { writePrivateFile } from '../../testing/cluster/api-server-files.ts';
import { type ControlPlane, startControlPlane } from '../../testing/cluster/control-plane.ts';
import { createGuardian, type Guardian } from '../../testing/guardian.ts';
import { reservePort } from '../../testing/ports.ts';
import { envOf, type StoredPod } from './stored-pod.ts';
import { readExample, reader, sha256 } from './test-cluster.ts';
import { startWebhook, type WebhookUnderTest } from './webhook-under-test.ts';

const callerToken = 'the-token-of-the-webhook-kubeconfig';

describe('the examples of a cluster', () => {
  let guardian: Guardian;
  let cluster: ControlPlane;
  let webhook: WebhookUnderTest;

  beforeAll(async () => {
    guardian = createGuardian();
    const { directory } = guardian;
    const authority = await createTestAuthority();
    const port = await reservePort();
    const filledIn = async (example: string) =>
      (await readExample(`cluster/${example}`))
        .replaceAll('cwii.example.com:8443', `127.0.0.1:${port.port}`)
        .replaceAll('/etc/kubernetes/cwii', directory)
        .replaceAll('caBundle: ""', `caBundle: ${Buffer.from(authority.certPem).toString('base64')}`);

    await writePrivateFile(directory, 'caller-token', callerToken);
    await writePrivateFile(directory, 'webhook-kubeconfig.yaml', await filledIn('webhook-kubeconfig.yaml'));
    const admission = await filledIn('admission-configuration.yaml');
    const admissionPath = await writePrivateFile(directory, 'admission-configuration.yaml', admission);
    cluster = await startControlPlane({ apiServerFlags: [`--admission-control-config-file=${admissionPath}`] });
    await cluster.apply(await filledIn('rbac.yaml'));

    const token = await cluster.serviceAccountToken(reader.namespace, reader.name);
    webhook = await startWebhook({
      port,
      certificate: await authority.issue(),
      guardian,
      env: {
        CWII_CALLER_TOKEN_SHA256: sha256(callerToken),
        CWII_KUBE_API_URL: cluster.url,
        CWII_KUBE_CA: cluster.caPem,
        CWII_KUBE_CREDENTIAL: `file:${await writePrivateFile(directory, 'reader.token', token)}`,
      },
    });
    await cluster.apply(await filledIn('webhook.yaml'));
    await cluster.waitFor('the webhook to be called', async () => {
      await createPod('default', 'probe-', '?dryRun=All');
      return webhook.calls > 0;
    });
  });
  afterAll(async () => {
    await webhook?.stop();
    await cluster?.stop();
    await guardian?.release();
  });

  it('give the Deployment of examples/ its role, region and session name from three scopes', async () => {
    await cluster.apply(await readExample('deployment.yaml'));
    const pods = await cluster.waitFor('both pods of the Deployment', async () => {
      const { items } = await cluster.api<{ items: StoredPod[] }>('GET', '/api/v1/namespaces/shop/pods');
      return items.length === 2 && items;
    });
    for (const pod of pods) {
      expect(envOf(pod)).toEqual({
        AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/shop-checkout',
        AWS_WEB_IDENTITY_TOKEN_FILE: '/var/run/secrets/cwii.dev/aws/token',
        AWS_REGION: 'eu-central-1',
        AWS_ROLE_SESSION_NAME: 'checkout',
      });
    }
  });

  it('make kubectl show which identities the pods of an applied Deployment get', async () => {
    const example = (await readExample('deployment.yaml')).replaceAll('checkout', 'advised');
    await cluster.apply(example);
    const command = ['create', '--dry-run=server', '-f', '-'];
    const another = example.split('---').at(-1)?.replace('name: advised', 'name: another') ?? '';
    // The API server waits for advice for one second; on a busy machine that may not be enough, so try again.
    await cluster.waitFor('the advice on the Deployment', async () => {
      const { stderr } = await cluster.kubectl(command, another);
      return stderr.includes('Warning: cwii: the pods of Deployment shop/another get the identity of aws\n');
    });
  });

  it('do not call the webhook for pods of kube-system', async () => {
    await cluster.waitFor('ServiceAccount kube-system/default', () =>
      cluster.api('GET', '/api/v1/namespaces/kube-system/serviceaccounts/default'),
    );
    await createPod('kube-system', 'system-');
    await podsAfter('default', () => undefined);

    expect(linesOf('kube-system')).toEqual([]);
  });

  it('do not call the webhook for mirror pods', async () => {
    const annotations = { 'kubernetes.io/config.mirror': 'a1b2c3' };
    const sent = await podsAfter('default', () =>
      createPod('default', 'mirror-', '', { metadata: { annotations }, spec: { nodeName: 'node-1' } }),
    );

    expect(sent).toBe(1);
  });

  /**
   * The number of log lines that a namespace gains from `act` and from one more pod, which is logged last.
   */
  async function podsAfter(namespace: string, act: () => unknown): Promise<number> {
    const last = () => linesOf(namespace).filter((line) => line.pod === 'seen-*').length;
    const [before, lastBefore] = [linesOf(namespace).length, last()];
    await act();
    await createPod(namespace, 'seen-');
    await cluster.waitFor('the last pod to be logged', () => last() > lastBefore);
    return linesOf(namespace).length - before;
  }

  function linesOf(namespace: string): RequestLog[] {
    return webhook
      .log()
      .map((line) => JSON.parse(line) as RequestLog)
      .filter((line) => line.namespace === namespace);
  }

  function createPod(
    namespace: string,
    generateName: string,
    query = '',
    fields: { metadata?: object; spec?: object } = {},
  ) {
    return cluster.api<StoredPod>('POST', `/api/v1/namespaces/${namespace}/pods${query}`, {
      metadata: { generateName, ...fields.metadata },
      spec: { containers: [{ name: 'app', image: 'registry.example/app' }], ...fields.spec },
    });
  }
});
