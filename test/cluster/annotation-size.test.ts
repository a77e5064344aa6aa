// The limit on annotations, at which cwii denies a pod in place of the API server.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_ANNOTATION_BYTES } from '../../lib/kubernetes/annotation-size.ts';
import { type Manifest, pod } from './manifests.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';
import type { WebhookUnderTest } from './webhook-under-test.ts';

const KEY = 'example.com/note';

/** A pod with this many bytes of annotations. */
function podWith(bytes: number, namespace: string, name: string): Manifest {
  return pod(namespace, name, { annotations: { [KEY]: 'é'.repeat((bytes - KEY.length) / 2) } });
}

let cluster: TestCluster;
let webhook: WebhookUnderTest;
beforeAll(async () => {
  cluster = await startTestCluster();
  webhook = await cluster.addWebhook();
  await cluster.addNamespace('called');
  await cluster.addNamespace('not-called', { calledBy: [] });
});
afterAll(() => cluster?.stop());

describe('a pod with too many bytes of annotations', () => {
  it('is rejected by the API server, and with one byte less it is not', async () => {
    const rejected = await cluster.kubectlCreate(podWith(MAX_ANNOTATION_BYTES + 2, 'not-called', 'more'));

    expect(rejected.stderr).toContain(
      `metadata.annotations: Too long: may not be more than ${MAX_ANNOTATION_BYTES} bytes`,
    );
    await cluster.create(podWith(MAX_ANNOTATION_BYTES, 'not-called', 'most'));
  });

  it('is denied by cwii at the same size, without a read of the cluster', async () => {
    await cluster.create(podWith(MAX_ANNOTATION_BYTES, 'called', 'most'));
    const denied = await cluster.kubectlCreate(podWith(MAX_ANNOTATION_BYTES + 2, 'called', 'more'));

    expect(denied.stderr).toContain(
      `cwii: the annotations exceed the ${MAX_ANNOTATION_BYTES} bytes that Kubernetes allows; remove or shorten some`,
    );
    const [, entry] = await webhook.logged('called');
    expect(entry).toMatchObject({ outcome: 'denied', code: 'annotations-too-large' });
    expect(entry).not.toHaveProperty('reads');
  });
});
