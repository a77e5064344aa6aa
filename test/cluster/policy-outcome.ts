// Creates the objects of a policy case and returns whether its pod started or was refused.

import { INJECT_LABEL } from '../../cli/manifests/names.ts';
import { pod, serviceAccount, workload } from './manifests.ts';
import type { Case } from './policy-cases.ts';
import type { TestCluster } from './test-cluster.ts';

/** @returns `started`, `refused for <identity>`, or the message of another refusal. */
export async function outcomeOf(cluster: TestCluster, one: Case, namespace: string): Promise<string> {
  const { labels = INJECT_LABEL, namespaceAnnotations, serviceAccountAnnotations = {}, deploymentAnnotations } = one;
  await cluster.createNamespace(namespace, labels);
  if (namespaceAnnotations)
    await cluster.api('PATCH', `/api/v1/namespaces/${namespace}`, { metadata: { annotations: namespaceAnnotations } });
  await cluster.create(
    serviceAccount(namespace, 'bystander', { 'cwii.dev/aws-role-arn': 'arn:aws:iam::123456789012:role/bystander' }),
  );
  await cluster.create(serviceAccount(namespace, 'my-app', serviceAccountAnnotations));
  const options = { serviceAccountName: 'my-app', ...one.pod };
  const kind = one.workload ?? (deploymentAnnotations ? 'Deployment' : undefined);
  if (!kind) {
    const { code, stderr } = await cluster.kubectlCreate(pod(namespace, 'web', options));
    return code === 0 ? 'started' : refusalIn(stderr);
  }
  await cluster.create(workload(kind, namespace, 'web', { annotations: deploymentAnnotations ?? {}, pod: options }));
  return cluster.waitFor(`a pod of ${kind} ${namespace}/web, or its refusal`, async () => {
    const { items: pods } = await cluster.api<{ items: unknown[] }>('GET', `/api/v1/namespaces/${namespace}/pods`);
    if (pods.length > 0) return 'started';
    const path = `/api/v1/namespaces/${namespace}/events?fieldSelector=reason%3DFailedCreate`;
    const { items: events } = await cluster.api<{ items: { message: string }[] }>('GET', path);
    return events[0] && refusalIn(events[0].message);
  });
}

function refusalIn(message: string): string {
  const identity = /cwii: the pod requests (?:an identity of )?(.+?) but has no token for it/.exec(message)?.[1];
  return identity === undefined ? message : `refused for ${identity}`;
}
