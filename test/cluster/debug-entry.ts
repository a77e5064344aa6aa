// The webhook's entry for ephemeral containers, as the example has it, and the identity of such a container.

import { parse } from 'yaml';
import { roleOf, type StoredContainer, type StoredPod } from './stored-pod.ts';
import { calledByLabel, readExample, type TestCluster } from './test-cluster.ts';
import type { WebhookUnderTest } from './webhook-under-test.ts';

interface Entry {
  readonly name: string;
  readonly namespaceSelector: { readonly matchExpressions: readonly object[] };
}

/**
 * Registers `debug.cwii.dev` with the failure policy `Fail`.
 *
 * @param caller the registration whose namespaces it is called for.
 */
export async function registerDebugEntry(
  cluster: TestCluster,
  { origin }: WebhookUnderTest,
  caller = 'cwii',
): Promise<void> {
  const { webhooks } = parse(await readExample('cluster/webhook.yaml')) as { webhooks: Entry[] };
  const entry = webhooks.find(({ name }) => name === 'debug.cwii.dev');
  if (!entry) throw new Error('examples/cluster/webhook.yaml has no entry debug.cwii.dev');
  const called = { key: calledByLabel(caller), operator: 'Exists' };
  await cluster.api('POST', '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', {
    metadata: { name: 'debug' },
    webhooks: [
      {
        ...entry,
        clientConfig: { url: `${origin}/mutate` },
        namespaceSelector: { matchExpressions: [...entry.namespaceSelector.matchExpressions, called] },
        failurePolicy: 'Fail',
      },
    ],
  });
}

/** The role of an ephemeral container; undefined without an identity. */
export function debuggerRole({ spec, metadata }: StoredPod, name: string): string | undefined {
  const added = (spec['ephemeralContainers'] as StoredContainer[]).find((container) => container.name === name);
  if (!added) throw new Error(`the pod has no ephemeral container ${name}`);
  return roleOf({ metadata, spec: { ...spec, containers: [added], initContainers: [] } }, name);
}
