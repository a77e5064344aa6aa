// The policies of `cwii manifests --require` with failurePolicy Ignore on a real API server.
//
// While the webhook is down, they refuse pods that should have an identity. While it answers, all pods start.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toCommentedYaml } from '../../cli/manifests/commented-yaml.ts';
import { requirePolicies } from '../../cli/manifests/require-policies.ts';
import { commentedWebhookConfiguration } from '../../cli/manifests/webhook-configuration.ts';
import { catalogue } from '../../lib/settings/service-catalogue.ts';
import { type Case, cases as cloudCases } from './policy-cases.ts';
import { outcomeOf } from './policy-outcome.ts';
import { ownServices, serviceCases } from './policy-service-cases.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';
import type { WebhookUnderTest } from './webhook-under-test.ts';

const cases = [...cloudCases, ...serviceCases];

let cluster: TestCluster;
let webhook: WebhookUnderTest;

beforeAll(async () => {
  cluster = await startTestCluster();
  webhook = await cluster.startWebhook();
  await cluster.apply(
    toCommentedYaml('Policies', [
      ...requirePolicies({
        clouds: ['aws', 'az'],
        services: [...catalogue.filter(({ name }) => name !== 'stackit'), ...ownServices],
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

const role = { 'cwii.dev/aws-role-arn': 'arn:aws:iam::123456789012:role/my-app' };
const probes: Readonly<Record<'pod' | 'serviceAccount' | 'deployment', Case>> = {
  pod: { sentence: 'a role on the pod', pod: { annotations: role } },
  serviceAccount: { sentence: 'a role on the ServiceAccount', serviceAccountAnnotations: role },
  deployment: { sentence: 'a role on the Deployment', deploymentAnnotations: role },
};

describe('while the webhook is down', () => {
  beforeAll(async () => {
    await webhook.stop();
    // Each policy has an informer of its own for its parameters, and the informers start one after the other.
    for (const probe of ['pod', 'serviceAccount', 'deployment'] as const) {
      let attempts = 0;
      await cluster.waitFor(`the policies to take effect for a role on the ${probe}`, async () => {
        const outcome = await outcomeOf(cluster, probes[probe], `in-effect-${probe.toLowerCase()}-${attempts++}`);
        return outcome === 'refused for AWS';
      });
    }
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
      CWII_SERVICES: catalogue
        .map(({ name }) => name)
        .filter((name) => name !== 'stackit')
        .join(','),
      CWII_CUSTOM_SERVICES: JSON.stringify(ownServices),
    });
  });

  it.for(cases.map((one, index) => [one.sentence, one, index] as const))('%s: starts', async ([, one, index]) => {
    expect(await outcomeOf(cluster, one, `up-${index}`)).toBe('started');
  });
});
