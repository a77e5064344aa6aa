// The table of docs/availability.md: for each limit of the policies, a pod that gets something else from the
// webhook.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyLimitId } from '../../cli/manifests/inject/limits.ts';
import { versionNeeds } from '../../cluster-file/kubernetes-version.ts';
import { GCP_CREDENTIALS, INJECTED } from '../../lib/annotations/keys.ts';
import { kubernetesMinor } from '../../testing/kubernetes.ts';
import { inputFor, PolicyCluster } from './differential/policy-cluster.ts';
import {
  type Annotations,
  type PodOptions,
  pod,
  roleAnnotation,
  roleArn,
  serviceAccount,
  workload,
} from './manifests.ts';
import { envOf, roleOf, type StoredPod } from './stored-pod.ts';
import { gcpProvider } from './three-clouds.ts';

interface Outcomes {
  readonly webhook: unknown;
  readonly policies: unknown;
}

/** A pod whose ServiceAccount has annotations, and how it shows the limit. */
interface Difference {
  readonly ofAccount: Annotations;
  readonly pod?: PodOptions;
  readonly shown: (stored: StoredPod) => unknown;
  readonly outcomes: Outcomes;
}

const target = { ...roleAnnotation('pod'), 'cwii.dev/aws-target-role-arn': roleArn('target') };
const google = {
  'cwii.dev/gcp-service-account': 'my-app@my-project.iam.gserviceaccount.com',
  'cwii.dev/gcp-audience': gcpProvider,
};
const initNames = ({ spec }: StoredPod) => (spec.initContainers ?? []).map(({ name }) => name);
const injected = ({ metadata }: StoredPod) => metadata.annotations?.[INJECTED]?.replace(',(policies)', '');

/** Or the reason why another test shows it. */
const differences: Readonly<Record<PolicyLimitId, Difference | string>> = {
  owners: 'below, with a Deployment',
  'unlabelled-account': 'below',
  'native-keys': {
    ofAccount: { 'eks.amazonaws.com/role-arn': roleArn('native') },
    shown: (stored) => roleOf(stored),
    outcomes: { webhook: roleArn('native'), policies: undefined },
  },
  verification: {
    ofAccount: { ...roleAnnotation('account'), 'cwii.dev/aws-verify': 'true' },
    shown: initNames,
    outcomes: { webhook: ['cwii-aws-verify'], policies: [] },
  },
  'target-role': {
    ofAccount: target,
    shown: (stored) => envOf(stored)['AWS_CONFIG_FILE'] ?? roleOf(stored),
    outcomes: { webhook: '/var/run/secrets/cwii.dev/aws-config/config', policies: undefined },
  },
  'session-name': {
    ofAccount: { ...roleAnnotation('account'), 'cwii.dev/aws-role-session-name': 'in-$(pod.namespace)' },
    shown: (stored) => envOf(stored)['AWS_ROLE_SESSION_NAME'],
    outcomes: { webhook: 'in-limit-session-name', policies: undefined },
  },
  'gcp-delivery': {
    ofAccount: { ...google, 'cwii.dev/gcp-delivery': 'init-container' },
    shown: (stored) => [initNames(stored), GCP_CREDENTIALS in (stored.metadata.annotations ?? {})],
    outcomes: { webhook: [['cwii-gcp-creds-writer'], false], policies: [[], true] },
  },
  'gcloud-directory': {
    ofAccount: google,
    pod: { containers: [{ name: 'app', image: 'app', securityContext: { readOnlyRootFilesystem: true } }] },
    shown: (stored) => envOf(stored)['CLOUDSDK_CONFIG'],
    outcomes: { webhook: '/var/run/secrets/cwii.dev/gcp-config/app', policies: undefined },
  },
  copies: {
    ofAccount: roleAnnotation('account'),
    pod: {
      annotations: { [INJECTED]: 'aws' },
      volumes: [
        {
          name: 'cwii-aws-token',
          projected: {
            sources: [
              { serviceAccountToken: { path: 'token', audience: 'sts.amazonaws.com', expirationSeconds: 3600 } },
            ],
          },
        },
      ],
      containers: [
        {
          name: 'app',
          image: 'app',
          env: [
            { name: 'AWS_ROLE_ARN', value: roleArn('former') },
            { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/var/run/secrets/cwii.dev/aws/token' },
          ],
          volumeMounts: [{ name: 'cwii-aws-token', mountPath: '/var/run/secrets/cwii.dev/aws', readOnly: true }],
        },
      ],
    },
    shown: (stored) => roleOf(stored),
    outcomes: { webhook: roleArn('account'), policies: roleArn('former') },
  },
  'forged-status': {
    ofAccount: roleAnnotation('account'),
    pod: { annotations: { [INJECTED]: 'gcp' } },
    shown: (stored) => [injected(stored), roleOf(stored)],
    outcomes: { webhook: ['aws', roleArn('account')], policies: ['gcp', undefined] },
  },
  'api-audiences': 'lib/cluster learns them from its own tokens; test/cluster/reads.test.ts',
  'unusual-forms': 'the differential fuzz generates none of them, so nothing is promised about them',
  'disabled-clouds': 'a finding, of which the policies have only those that the fuzz compares',
  findings: 'the differential fuzz compares the codes that the policies have',
  debug: 'the policies match the creation of pods only; test/cluster/debug.test.ts shows the webhook',
  advice: 'the policies match the creation of pods only; test/cluster/advice.test.ts shows the webhook',
};
const shown = Object.entries(differences).flatMap(([id, one]) => (typeof one === 'string' ? [] : [[id, one] as const]));

describe.runIf(kubernetesMinor() >= versionNeeds.policies.minor)('a limit of the policies', () => {
  let policies: PolicyCluster;
  beforeAll(async () => {
    policies = await PolicyCluster.start(inputFor({ CWII_NATIVE_ANNOTATIONS: 'true' }));
  });
  afterAll(() => policies?.stop());

  it.for(shown)('%s', async ([id, { ofAccount, pod: options, shown: show, outcomes }]) => {
    const namespace = `limit-${id}`;
    await policies.addScopes(namespace, { ofAccount });
    const manifest = pod(namespace, 'web', { serviceAccountName: 'my-app', ...options });
    const { expected, actual } = await policies.compare(manifest, { ofAccount });

    expect({ webhook: show(expected), policies: show(actual) }).toEqual(outcomes);
  });

  it('owners: the role of a Deployment', async () => {
    const { cluster } = policies;
    await policies.addScopes('limit-owners', { ofAccount: roleAnnotation('account') });
    const { metadata, spec } = workload('Deployment', 'limit-owners', 'web', {
      annotations: roleAnnotation('deployment'),
      pod: { serviceAccountName: 'my-app' },
    });
    await cluster.api('POST', '/apis/apps/v1/namespaces/limit-owners/deployments', { metadata, spec });
    const stored = await cluster.waitFor('the pod of the Deployment', async () => {
      const { items } = await cluster.api<{ items: StoredPod[] }>('GET', '/api/v1/namespaces/limit-owners/pods');
      return items[0];
    });

    expect(roleOf(stored)).toBe(roleArn('account'));
  });

  it('unlabelled-account: a ServiceAccount without the label', async () => {
    await policies.addScopes('limit-label', { ofNamespace: {} });
    const { metadata } = serviceAccount('limit-label', 'unlabelled');
    await policies.cluster.api('POST', '/api/v1/namespaces/limit-label/serviceaccounts', { metadata });
    const stored = await policies.dryRun(
      'limit-label',
      pod('limit-label', 'web', { serviceAccountName: 'unlabelled', annotations: roleAnnotation('pod') }),
    );

    expect(roleOf(stored)).toBeUndefined();
  });
});
