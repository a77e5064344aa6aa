// The policies of `cwii manifests --require` follow the cluster's settings, as the webhook does. No webhook is registered here.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toCommentedYaml } from '../../cli/manifests/commented-yaml.ts';
import { type PolicyInput, requirePolicies } from '../../cli/manifests/require-policies.ts';
import { type Annotations, asks } from './manifests.ts';
import type { Case } from './policy-cases.ts';
import { outcomeOf } from './policy-outcome.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';
import { gcpProvider } from './three-clouds.ts';

const defaults: PolicyInput = {
  clouds: ['aws', 'az', 'gcp'],
  onInvalid: undefined,
  nativeAnnotations: false,
  azDefaultTenantId: undefined,
  gcpDefaultAudience: undefined,
  namespaces: 'labelled',
};
const malformed = { 'cwii.dev/aws-role-arn': 'arn:aws:iam::123456789012:user/my-app' };
const client = { 'cwii.dev/az-client-id': '11111111-2222-3333-4444-555555555555' };
const tenant = { 'cwii.dev/az-tenant-id': '66666666-7777-8888-9999-000000000000' };
const account = { 'cwii.dev/gcp-service-account': 'my-app@my-project.iam.gserviceaccount.com' };
const provider = { 'cwii.dev/gcp-audience': gcpProvider };

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster?.stop());

under('by default', defaults, asks('probe'), [
  { sentence: 'a malformed role on the pod', refused: 'AWS', pod: { annotations: malformed } },
  { sentence: 'a malformed role on the Deployment', refused: 'AWS', deploymentAnnotations: malformed },
  {
    sentence: 'a well-formed role on the ServiceAccount under a malformed one on the pod',
    refused: 'AWS',
    serviceAccountAnnotations: asks('account'),
    pod: { annotations: malformed },
  },
  { sentence: 'a malformed role on the ServiceAccount', serviceAccountAnnotations: malformed },
  {
    sentence: 'a malformed role on the ServiceAccount over a well-formed one on the namespace',
    serviceAccountAnnotations: malformed,
    namespaceAnnotations: asks('namespace'),
  },
  { sentence: 'a client without any tenant', pod: { annotations: client } },
  {
    sentence: 'an authority host on the namespace that is none',
    pod: { annotations: { ...client, ...tenant } },
    namespaceAnnotations: { 'cwii.dev/az-authority-host': 'login.example.com' },
  },
  {
    sentence: 'a Google service account with its provider',
    refused: 'GCP',
    serviceAccountAnnotations: { ...account, ...provider },
  },
  {
    sentence: 'a provider with "true" on the Deployment',
    refused: 'GCP',
    deploymentAnnotations: { ...provider, 'cwii.dev/gcp-inject': 'TRUE' },
  },
  { sentence: 'a provider alone', pod: { annotations: provider } },
  { sentence: 'a Google service account without a provider', pod: { annotations: account } },
  {
    sentence: "a role in another product's annotation that does not count here",
    serviceAccountAnnotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/native' },
  },
  {
    sentence: 'a pod as large as any, and nothing asks',
    pod: { containers: manyContainers() },
  },
  {
    sentence: 'a pod as large as any, whose last container takes the identity',
    refused: 'AWS',
    pod: { annotations: { ...asks('pod'), 'cwii.dev/include-containers': 'app-199' }, containers: manyContainers() },
  },
  {
    sentence: 'as many containers as cwii injects, and a list of which only the last is none',
    refused: 'AWS',
    pod: { annotations: { ...asks('pod'), 'cwii.dev/skip-containers': names(499) }, containers: containers(500) },
  },
  {
    sentence: 'as many containers as cwii injects, and a list of all of them',
    pod: { annotations: { ...asks('pod'), 'cwii.dev/skip-containers': names(500) }, containers: containers(500) },
  },
  {
    sentence: 'annotations as long as any',
    namespaceAnnotations: { 'cwii.dev/aws-role-arn': `arn:aws:iam::123456789012:role/${'a'.repeat(250_000)}` },
  },
]);

under('where onInvalid is deny', { ...defaults, onInvalid: 'deny' }, asks('probe'), [
  { sentence: 'a malformed role on the namespace', refused: 'AWS', namespaceAnnotations: malformed },
  { sentence: 'a client without any tenant', pod: { annotations: client } },
]);

under('where onInvalid is warn', { ...defaults, onInvalid: 'warn' }, asks('probe'), [
  { sentence: 'a role', refused: 'AWS', pod: { annotations: asks('pod') } },
  { sentence: 'a malformed role on the pod', pod: { annotations: malformed } },
  { sentence: 'a malformed role on the Deployment', deploymentAnnotations: malformed },
]);

under(
  'with defaults for tenant and provider, for all namespaces, without AWS',
  {
    ...defaults,
    clouds: ['az', 'gcp'],
    azDefaultTenantId: tenant['cwii.dev/az-tenant-id'],
    gcpDefaultAudience: gcpProvider,
    namespaces: 'all',
  },
  client,
  [
    { sentence: 'a client alone', refused: 'Azure', labels: {}, pod: { annotations: client } },
    { sentence: '"true" alone', refused: 'GCP', labels: {}, namespaceAnnotations: { 'cwii.dev/gcp-inject': 'true' } },
    {
      sentence: '"true" on the namespace and "false" on the ServiceAccount',
      labels: {},
      namespaceAnnotations: { 'cwii.dev/gcp-inject': 'true' },
      serviceAccountAnnotations: { 'cwii.dev/gcp-inject': 'false' },
    },
    { sentence: 'a role, though AWS is switched off', labels: {}, pod: { annotations: asks('pod') } },
  ],
);

/** @param asking annotations that ask for an identity under these settings. */
function under(settings: string, requirement: PolicyInput, asking: Annotations, cases: readonly Case[]): void {
  describe(settings, () => {
    const prefix = settings.replace(/\W/g, '').toLowerCase().slice(0, 20);

    // The API server follows in its own time, each policy by itself.
    const probes: readonly Case[] = [
      { sentence: 'by ServiceAccount', pod: { annotations: asking } },
      { sentence: 'by ReplicaSet', deploymentAnnotations: asking },
    ];
    let attempt = 0;
    const waitUntilProbes = (word: 'refused' | 'started') =>
      cluster.waitFor(`the policies to have pods ${word}`, async () => {
        const outcomes = probes.map((probe) => outcomeOf(cluster, probe, `${prefix}-probe-${attempt++}`));
        return (await Promise.all(outcomes)).every((outcome) => outcome.startsWith(word));
      });

    beforeAll(async () => {
      await cluster.apply(toCommentedYaml('Policies', requirePolicies(requirement)));
      await waitUntilProbes('refused');
    });
    afterAll(async () => {
      // As docs/cluster-side.md has it: deleted ones would come back blind for new ReplicaSets.
      const names = ['cwii-require-service-account', 'cwii-require-replica-set'];
      const warn = ['--type', 'merge', '--patch', '{"spec":{"validationActions":["Warn"]}}'];
      const patched = await cluster.kubectl(['patch', 'validatingadmissionpolicybinding', ...names, ...warn]);
      expect(patched).toMatchObject({ code: 0, stderr: '' });
      await waitUntilProbes('started');
    });

    it.for(cases.map((one, index) => [one.sentence, one, index] as const))('%s', async ([, one, index]) => {
      const expected = one.refused === undefined ? 'started' : `refused for ${one.refused}`;
      expect(await outcomeOf(cluster, one, `${prefix}-${index}`)).toBe(expected);
    });
  });
}

/** 200 containers of 100 variables each: of the order of what fits into an object of the API. */
function manyContainers(): object[] {
  const env = Array.from({ length: 100 }, (_, index) => ({ name: `VARIABLE_${index}`, value: 'x' }));
  return containers(200).map((container) => ({ ...container, env }));
}

function containers(count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({ name: `app-${index}`, image: 'registry.example/app' }));
}

/** The names of so many containers, as an annotation has them. */
function names(count: number): string {
  return Array.from({ length: count }, (_, index) => `app-${index}`).join(',');
}
