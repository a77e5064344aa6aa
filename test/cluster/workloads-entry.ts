// Registers the entry workloads.cwii.dev of examples/cluster/webhook.yaml for namespaces of a test.

import { parse } from 'yaml';
import { calledByLabel, type Registration, readExample, type TestCluster } from './test-cluster.ts';

interface Entry {
  readonly name: string;
  readonly timeoutSeconds: number;
  readonly namespaceSelector: { readonly matchExpressions: readonly object[] };
  readonly [field: string]: unknown;
}

export interface WorkloadsRegistration extends Pick<Registration, 'name' | 'webhook'> {
  /** Default: that of the entry. */
  readonly timeoutSeconds?: number;
}

/**
 * Resolves when the API server calls the webhook for workloads of namespaces that have `name` in `calledBy`.
 */
export async function registerWorkloads(
  cluster: TestCluster,
  { name, webhook, timeoutSeconds }: WorkloadsRegistration,
): Promise<void> {
  const { webhooks } = parse(await readExample('cluster/webhook.yaml')) as { webhooks: Entry[] };
  const entry = webhooks.find((candidate) => candidate.name === 'workloads.cwii.dev');
  if (!entry) throw new Error('examples/cluster/webhook.yaml has no entry workloads.cwii.dev');
  const called = { key: calledByLabel(name), operator: 'Exists' };
  await cluster.api('POST', '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', {
    metadata: { name },
    webhooks: [
      {
        ...entry,
        timeoutSeconds: timeoutSeconds ?? entry.timeoutSeconds,
        clientConfig: { url: `${webhook.origin}/mutate` },
        namespaceSelector: { matchExpressions: [...entry.namespaceSelector.matchExpressions, called] },
      },
    ],
  });
  await cluster.addNamespace(`probe-${name}`, { calledBy: [name] });
  const before = webhook.calls;
  const probe = { metadata: { generateName: 'probe-' } };
  await cluster.waitFor(`webhook ${name} to be called`, async () => {
    await cluster.api('POST', `/api/v1/namespaces/probe-${name}/serviceaccounts?dryRun=All`, probe);
    return webhook.calls > before;
  });
}
