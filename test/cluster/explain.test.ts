// `cwii preview -o explain` of a real cluster: running pods are told apart from what a new pod would get.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cwii } from '../cli/command.ts';
import { roleAnnotation, serviceAccount, workload } from './manifests.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';

const kinds = 'pod,replicaset,deployment,serviceaccount,namespace';

describe('the report about a real cluster', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startTestCluster();
    await cluster.addWebhook();
    await cluster.addNamespace('shop');
    await cluster.create(serviceAccount('shop', 'checkout'));
    await cluster.create(workload('Deployment', 'shop', 'checkout', { pod: { serviceAccountName: 'checkout' } }));
    await cluster.podIn('shop');
  });
  afterAll(() => cluster?.stop());

  /** The lines about the namespace, without the details. */
  const report = async () => {
    const { stdout } = await cluster.kubectl(['get', kinds, '--all-namespaces', '-o', 'json']);
    const ended = await cwii(['preview', '-f', '-', '-o', 'explain', '--pod', 'shop/checkout'], { stdin: stdout });
    expect(ended).toMatchObject({ status: 0, stderr: '' });
    return ended.stdout.split('\n').filter((line) => !line.startsWith('  cwii.dev/'));
  };

  it('counts a pod that asks for nothing', async () => {
    expect((await report())[0]).toBe('– shop Deployment checkout  asks for nothing (1 pod)');
  });

  it('says that a pod is older than the annotation, and that a new one is not', async () => {
    const path = '/api/v1/namespaces/shop/serviceaccounts/checkout';
    await cluster.api('PATCH', path, { metadata: { annotations: roleAnnotation('shop-checkout') } });

    expect((await report()).slice(0, 3)).toEqual([
      '! shop Deployment checkout  AWS shop-checkout ← ServiceAccount checkout',
      '     asked: pod template, Deployment checkout, ServiceAccount checkout, Namespace shop',
      '     running: 0 of 1 pod has it; 1 older → kubectl rollout restart deployment/checkout -n shop',
    ]);

    await cluster.replacementOf(await cluster.podIn('shop'));

    expect((await report())[0]).toBe('✓ shop Deployment checkout  AWS shop-checkout ← ServiceAccount checkout (1 pod)');
  });
});
