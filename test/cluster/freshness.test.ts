// Freshness: a pod that is created after an annotation was changed gets the new value, every time.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Manifest, pod, roleAnnotation, roleArn, serviceAccount, workload } from './manifests.ts';
import { roleOf, type StoredPod } from './stored-pod.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';

const TIMES = 50;

interface ReplicaSet {
  readonly metadata: { readonly name: string; readonly uid: string; readonly labels: Readonly<Record<string, string>> };
}

describe('pods with the default settings', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startTestCluster();
    await cluster.addWebhook();
  });
  afterAll(async () => cluster?.stop());

  it.each([
    { kind: 'ServiceAccount', pathIn: (namespace: string) => `/api/v1/namespaces/${namespace}/serviceaccounts/my-app` },
    { kind: 'Namespace', pathIn: (namespace: string) => `/api/v1/namespaces/${namespace}` },
    { kind: 'Deployment', pathIn: (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments/web` },
  ])('get the role that was just annotated on the object, 50 times: $kind', async ({ kind, pathIn }) => {
    const namespace = `fresh-${kind.toLowerCase()}`;
    await cluster.addNamespace(namespace);
    await cluster.create(serviceAccount(namespace, 'my-app'));
    const owned = kind === 'Deployment' ? await podOfDeployment(namespace) : {};
    const roles: (string | undefined)[] = [];
    for (let index = 0; index < TIMES; index += 1) {
      await cluster.api('PATCH', pathIn(namespace), { metadata: { annotations: roleAnnotation(`role-${index}`) } });
      const manifest = pod(namespace, `pod-${index}`, { serviceAccountName: 'my-app' });
      // Not stored, so that the ReplicaSet does not remove it as one too many.
      const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All`;
      const created = await cluster.api<StoredPod>('POST', path, {
        ...manifest,
        metadata: { ...manifest.metadata, ...owned },
      });
      roles.push(roleOf(created));
    }
    expect(roles).toEqual(Array.from({ length: TIMES }, (_, index) => roleArn(`role-${index}`)));
  });

  /** The metadata of a pod of a Deployment that has no pods itself. */
  async function podOfDeployment(namespace: string): Promise<object> {
    const { spec, ...rest } = workload('Deployment', namespace, 'web');
    await cluster.create({ ...rest, spec: { ...(spec as object), replicas: 0 } } as Manifest);
    const { metadata } = await cluster.waitFor('the ReplicaSet of the Deployment', async () => {
      const path = `/apis/apps/v1/namespaces/${namespace}/replicasets`;
      return (await cluster.api<{ items: ReplicaSet[] }>('GET', path)).items[0];
    });
    const { name, uid, labels } = metadata;
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid, controller: true };
    return { labels, ownerReferences: [owner] };
  }
});
