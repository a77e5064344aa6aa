// The policies of `cwii manifests --require` on a real API server: while the webhook is away and its failurePolicy is
// Ignore, pods that should have an identity are refused and all others start; while it answers, all of them do.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toCommentedYaml } from '../../cli/manifests/commented-yaml.ts';
import { INJECT_LABEL } from '../../cli/manifests/names.ts';
import { requirePolicies } from '../../cli/manifests/require-policies.ts';
import { commentedWebhookConfiguration } from '../../cli/manifests/webhook-configuration.ts';
import { pod, serviceAccount, workload } from './manifests.ts';
import { type Case, cases } from './policy-cases.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';
import type { WebhookUnderTest } from './webhook-under-test.ts';

let cluster: TestCluster;
let webhook: WebhookUnderTest;

beforeAll(async () => {
  cluster = await startTestCluster();
  webhook = await cluster.startWebhook();
  await cluster.apply(
    toCommentedYaml('Policies', [
      ...requirePolicies({
        clouds: ['aws', 'az'],
        onInvalid: undefined,
        nativeAnnotations: true,
        azDefaultTenantId: undefined,
        gcpDefaultAudience: undefined,
        namespaces: 'labelled',
      }),
      commentedWebhookConfiguration({
        url: `${webhook.origin}/mutate`,
        namespaces: 'labelled',
        failurePolicy: 'Ignore',
        timeoutSeconds: 5,
        ownerKinds: [],
      }),
    ]),
  );
});
afterAll(() => cluster?.stop());

describe('while the webhook is away', () => {
  beforeAll(async () => {
    await webhook.stop();
    await cluster.createNamespace('policies-at-work', INJECT_LABEL);
    const asking = pod('policies-at-work', 'asks', {
      annotations: { 'cwii.dev/aws-role-arn': 'arn:aws:iam::123456789012:role/my-app' },
    });
    await cluster.waitFor('the policies to be at work', async () => {
      const { code } = await cluster.kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(asking));
      return code !== 0;
    });
  });

  it.for(cases.map((one, index) => [one.sentence, one, index] as const))('%s', async ([, one, index]) => {
    expect(await outcome(one, `away-${index}`)).toBe(
      one.refused === undefined ? 'started' : `refused for ${one.refused}`,
    );
  });

  it('has no trouble with its own expressions', async () => {
    const { stdout } = await cluster.kubectl(['get', 'validatingadmissionpolicies', '-o', 'json']);
    const { items } = JSON.parse(stdout) as {
      items: { status?: { typeChecking?: { expressionWarnings?: unknown } } }[];
    };
    expect(items.map(({ status }) => status?.typeChecking?.expressionWarnings ?? [])).toEqual([[], []]);
  });
});

describe('while the webhook answers', () => {
  beforeAll(async () => {
    webhook = await cluster.startWebhook('cwii', {
      CWII_NATIVE_ANNOTATIONS: 'true',
      CWII_GCP_ENABLED: 'false',
      CWII_MARK_PODS: 'true',
    });
  });

  it.for(cases.map((one, index) => [one.sentence, one, index] as const))('%s: starts', async ([, one, index]) => {
    expect(await outcome(one, `here-${index}`)).toBe('started');
  });
});

/** Makes the case's objects in a namespace of its own. */
async function outcome(one: Case, namespace: string): Promise<string> {
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
  const cloud = /cwii: the pod should have the identity of (\w+)/.exec(message)?.[1];
  return cloud ? `refused for ${cloud}` : message;
}
