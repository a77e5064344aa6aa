// The policies of `cwii manifests --require` with failurePolicy Ignore on a real API server.
//
// While the webhook is down, they refuse pods that should have an identity. While it answers, all pods start.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toCommentedYaml } from '../../cli/manifests/commented-yaml.ts';
import { INJECT_LABEL } from '../../cli/manifests/names.ts';
import { requirePolicies } from '../../cli/manifests/require-policies.ts';
import { commentedWebhookConfiguration } from '../../cli/manifests/webhook-configuration.ts';
import { pod } from './manifests.ts';
import { cases } from './policy-cases.ts';
import { outcomeOf } from './policy-outcome.ts';
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

describe('while the webhook is down', () => {
  beforeAll(async () => {
    await webhook.stop();
    await cluster.createNamespace('policies-in-effect', INJECT_LABEL);
    const asking = pod('policies-in-effect', 'asks', {
      annotations: { 'cwii.dev/aws-role-arn': 'arn:aws:iam::123456789012:role/my-app' },
    });
    await cluster.waitFor('the policies to take effect', async () => {
      const { code } = await cluster.kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(asking));
      return code !== 0;
    });
  });

  it.for(cases.map((one, index) => [one.sentence, one, index] as const))('%s', async ([, one, index]) => {
    expect(await outcomeOf(cluster, one, `down-${index}`)).toBe(
      one.refused === undefined ? 'started' : `refused for ${one.refused}`,
    );
  });

  it('the API server has no warnings about the expressions of the policies', async () => {
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
    expect(await outcomeOf(cluster, one, `up-${index}`)).toBe('started');
  });
});
