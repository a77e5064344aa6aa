// The policies of `cwii manifests --require` under different settings, without a webhook.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toCommentedYaml } from '../../cli/manifests/commented-yaml.ts';
import { type PolicyInput, requirePolicies } from '../../cli/manifests/require-policies.ts';
import { type Annotations, roleAnnotation } from './manifests.ts';
import type { Case } from './policy-cases.ts';
import { outcomeOf } from './policy-outcome.ts';
import { deniedServiceCases, ownServices } from './policy-service-cases.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';
import { gcpProvider } from './three-clouds.ts';

const defaults: PolicyInput = {
  clouds: ['aws', 'az', 'gcp'],
  services: ownServices,
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

describePolicies('by default', defaults, roleAnnotation('probe'), [
  ...deniedServiceCases,
  { sentence: 'a malformed role on the pod', refused: 'AWS', pod: { annotations: malformed } },
  { sentence: 'a malformed role on the Deployment', refused: 'AWS', deploymentAnnotations: malformed },
  {
    sentence: 'a well-formed role on the ServiceAccount under a malformed one on the pod',
    refused: 'AWS',
    serviceAccountAnnotations: roleAnnotation('account'),
    pod: { annotations: malformed },
  },
  { sentence: 'a malformed role on the ServiceAccount', serviceAccountAnnotations: malformed },
  {
    sentence: 'a malformed role on the ServiceAccount over a well-formed one on the namespace',
    serviceAccountAnnotations: malformed,
    namespaceAnnotations: roleAnnotation('namespace'),
  },
  { sentence: 'a client without any tenant', pod: { annotations: client } },
  {
    sentence: 'an invalid authority host on the namespace',
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
    sentence: "a role in another product's annotation, which is ignored here",
    serviceAccountAnnotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/native' },
  },
  {
    sentence: 'a very large pod that asks for nothing',
    pod: { containers: manyContainers() },
  },
  {
    sentence: 'a very large pod whose last container gets the identity',
    refused: 'AWS',
    pod: {
      annotations: { ...roleAnnotation('pod'), 'cwii.dev/include-containers': 'app-199' },
      containers: manyContainers(),
    },
  },
  {
    sentence: 'as many containers as cwii injects, all but the last one skipped',
    refused: 'AWS',
    pod: {
      annotations: { ...roleAnnotation('pod'), 'cwii.dev/skip-containers': names(499) },
      containers: containers(500),
    },
  },
  {
    sentence: 'as many containers as cwii injects, all of them skipped',
    pod: {
      annotations: { ...roleAnnotation('pod'), 'cwii.dev/skip-containers': names(500) },
      containers: containers(500),
    },
  },
  {
    sentence: 'annotations of the maximum length',
    namespaceAnnotations: { 'cwii.dev/aws-role-arn': `arn:aws:iam::123456789012:role/${'a'.repeat(250_000)}` },
  },
]);

describePolicies('with onInvalid deny', { ...defaults, onInvalid: 'deny' }, roleAnnotation('probe'), [
  { sentence: 'a malformed role on the namespace', refused: 'AWS', namespaceAnnotations: malformed },
  { sentence: 'a client without any tenant', pod: { annotations: client } },
]);

describePolicies('with onInvalid warn', { ...defaults, onInvalid: 'warn' }, roleAnnotation('probe'), [
  { sentence: 'a role', refused: 'AWS', pod: { annotations: roleAnnotation('pod') } },
  { sentence: 'a malformed role on the pod', pod: { annotations: malformed } },
  { sentence: 'a malformed role on the Deployment', deploymentAnnotations: malformed },
]);

describePolicies(
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
    {
      sentence: '"true" on the namespace alone',
      refused: 'GCP',
      labels: {},
      namespaceAnnotations: { 'cwii.dev/gcp-inject': 'true' },
    },
    {
      sentence: '"true" on the namespace and "false" on the ServiceAccount',
      labels: {},
      namespaceAnnotations: { 'cwii.dev/gcp-inject': 'true' },
      serviceAccountAnnotations: { 'cwii.dev/gcp-inject': 'false' },
    },
    { sentence: 'a role while AWS is disabled', labels: {}, pod: { annotations: roleAnnotation('pod') } },
  ],
);

/** @param probeAnnotations annotations that ask for an identity under these settings. */
function describePolicies(
  settings: string,
  requirement: PolicyInput,
  probeAnnotations: Annotations,
  cases: readonly Case[],
): void {
  describe(settings, () => {
    const prefix = settings.replace(/\W/g, '').toLowerCase().slice(0, 20);

    // The API server applies each policy with a delay of its own.
    const probes: readonly Case[] = [
      { sentence: 'by ServiceAccount', pod: { annotations: probeAnnotations } },
      { sentence: 'by ReplicaSet', deploymentAnnotations: probeAnnotations },
    ];
    let attempt = 0;
    const waitUntilProbes = (word: 'refused' | 'started') =>
      cluster.waitFor(`pods to be ${word} under the policies`, async () => {
        const outcomes = probes.map((probe) => outcomeOf(cluster, probe, `${prefix}-probe-${attempt++}`));
        return (await Promise.all(outcomes)).every((outcome) => outcome.startsWith(word));
      });

    beforeAll(async () => {
      await cluster.apply(toCommentedYaml('Policies', requirePolicies(requirement)));
      await waitUntilProbes('refused');
    });
    afterAll(async () => {
      // As docs/cluster-side.md says: policies that are deleted and created again do not see new ReplicaSets.
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

/** 200 containers with 100 variables each, which is close to the size limit of an API object. */
function manyContainers(): object[] {
  const env = Array.from({ length: 100 }, (_, index) => ({ name: `VARIABLE_${index}`, value: 'x' }));
  return containers(200).map((container) => ({ ...container, env }));
}

function containers(count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({ name: `app-${index}`, image: 'registry.example/app' }));
}

/** The names of `count` containers as the value of an annotation. */
function names(count: number): string {
  return Array.from({ length: count }, (_, index) => `app-${index}`).join(',');
}
