// `cwii check pod`: why a pod lacks an identity, or has another one than it should have.

import { pod, roleAnnotation, roleArn, serviceAccount, workload } from '../manifests.ts';
import { describeFaults, editObject, type Fault, REGISTRATION, type Undo } from './fault-matrix.ts';
import type { HealthyCluster } from './healthy-cluster.ts';

const apply = ({ cluster }: HealthyCluster, ...objects: readonly object[]) =>
  cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));

/** A namespace of its own for a fault. */
async function namespaceFor(healthy: HealthyCluster, name: string, label = true): Promise<Undo> {
  await healthy.cluster.createNamespace(name, label ? { 'cwii.dev/inject': 'enabled' } : {});
  // Its objects are deleted with it; nothing waits for the end.
  return () => healthy.cluster.api('DELETE', `/api/v1/namespaces/${name}`);
}

/** The times of the API server have a resolution of a second. */
const nextSecond = () => new Promise((resolve) => setTimeout(resolve, 1100));

/** Creates a pod that no webhook and no policy sees. */
async function createUnseen(healthy: HealthyCluster, namespace: string): Promise<void> {
  const undo = await editObject(healthy, REGISTRATION, ({ webhooks }) => {
    webhooks[0].namespaceSelector.matchLabels = { never: 'sent' };
  });
  const bindings = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
  for (const name of ['cwii-require-service-account', 'cwii-require-replica-set'])
    await healthy.cluster.api('DELETE', `${bindings}/${name}`);
  try {
    const { metadata, spec } = pod(namespace, 'web', { annotations: roleAnnotation('web') });
    const path = `/api/v1/namespaces/${namespace}/pods`;
    await healthy.cluster.waitFor('a pod that is not changed', async () => {
      const trial = await healthy.cluster
        .api<{ metadata: { annotations: object } }>('POST', `${path}?dryRun=All`, { metadata, spec })
        .catch(() => undefined);
      return trial && !('cwii.dev/injected' in trial.metadata.annotations);
    });
    await healthy.cluster.api('POST', path, { metadata, spec });
  } finally {
    await undo();
    await healthy.applyStep('4-require');
  }
}

async function podOf({ cluster }: HealthyCluster, namespace: string): Promise<string> {
  return cluster.waitFor(`a pod in ${namespace}`, async () => {
    const { items } = await cluster.api<{ items: { metadata: { name: string } }[] }>(
      'GET',
      `/api/v1/namespaces/${namespace}/pods`,
    );
    return items[0]?.metadata.name;
  });
}

let replicaSetPod = '';

const faults: readonly Fault[] = [
  {
    fault: 'a healthy pod has no problem',
    inject: async () => async () => undefined,
    args: ['pod', 'shop/checkout'],
    problems: [],
  },
  {
    fault: 'the pod does not exist',
    inject: async () => async () => undefined,
    args: ['pod', 'shop/nobody'],
    problems: [/^failed pod-found: Pod shop\/nobody does not exist$/],
  },
  {
    fault: 'the namespace lacks the label',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'unlabelled', false);
      await apply(healthy, pod('unlabelled', 'web', { annotations: roleAnnotation('web') }));
      return undo;
    },
    args: ['pod', 'unlabelled/web'],
    problems: [/^failed pod-sent: Namespace unlabelled is not sent to cwii: label cwii\.dev\/inject is absent/],
  },
  {
    fault: 'the pod is in a system namespace',
    inject: async (healthy) => {
      await apply(healthy, pod('kube-system', 'web', { annotations: roleAnnotation('web') }));
      return () => healthy.cluster.api('DELETE', '/api/v1/namespaces/kube-system/pods/web');
    },
    args: ['pod', 'kube-system/web'],
    problems: [/^failed pod-sent: Namespace kube-system never depends on cwii/],
  },
  {
    fault: 'the role is on another ServiceAccount',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'other-account');
      await apply(
        healthy,
        serviceAccount('other-account', 'checkout', roleAnnotation('checkout')),
        pod('other-account', 'web'),
      );
      return undo;
    },
    args: ['pod', 'other-account/web'],
    problems: [
      /^failed pod-requests: no object requests an identity for it: .*ServiceAccount other-account\/default.*; ServiceAccount checkout in the namespace does$/,
    ],
  },
  {
    fault: 'an annotation is misspelt',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'misspelt');
      await apply(healthy, pod('misspelt', 'web', { annotations: { 'cwii.dev/aws-rol-arn': roleArn('web') } }));
      return undo;
    },
    args: ['pod', 'misspelt/web'],
    problems: [/^warning pod-findings: .*aws-rol-arn.*aws-role-arn/],
  },
  {
    fault: 'the pod is older than the annotation',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'late');
      await apply(healthy, serviceAccount('late', 'checkout'), pod('late', 'web', { serviceAccountName: 'checkout' }));
      await nextSecond();
      await apply(healthy, serviceAccount('late', 'checkout', roleAnnotation('late')));
      return undo;
    },
    args: ['pod', 'late/web'],
    problems: [
      /^failed pod-identity: the pod does not have the identity of aws: it is older than the annotation cwii\.dev\/aws-role-arn on ServiceAccount late\/checkout \(20/,
    ],
  },
  {
    fault: 'the pod is older than an annotation whose time is not known',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'late-default');
      await apply(healthy, pod('late-default', 'web'));
      // The controller manager creates it without managed fields.
      await apply(healthy, serviceAccount('late-default', 'default', roleAnnotation('late')));
      return undo;
    },
    args: ['pod', 'late-default/web'],
    problems: [
      /^failed pod-identity: .* or it is older than the annotation cwii\.dev\/aws-role-arn on ServiceAccount late-default\/default, whose time/,
    ],
  },
  {
    fault: 'the pod is older than the label',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'label-late', false);
      await apply(healthy, pod('label-late', 'web', { annotations: roleAnnotation('web') }));
      await nextSecond();
      await healthy.cluster.kubectl(['label', 'namespace', 'label-late', 'cwii.dev/inject=enabled']);
      return undo;
    },
    args: ['pod', 'label-late/web'],
    problems: [/^failed pod-identity: .*: it is older than the label cwii\.dev\/inject on Namespace label-late/],
  },
  {
    fault: 'the role was changed since the pod was created',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'stale');
      await apply(
        healthy,
        serviceAccount('stale', 'checkout', roleAnnotation('first')),
        pod('stale', 'web', { serviceAccountName: 'checkout' }),
      );
      await nextSecond();
      await apply(healthy, serviceAccount('stale', 'checkout', roleAnnotation('second')));
      return undo;
    },
    args: ['pod', 'stale/web'],
    problems: [
      /^failed pod-identity: what the pod has is not what a new pod would get: .*AWS_ROLE_ARN\]\.value is .*first instead of .*second; it is older than the annotation/,
    ],
  },
  {
    fault: 'the webhook was away when the pod was created',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'away');
      await nextSecond();
      await createUnseen(healthy, 'away');
      return undo;
    },
    args: ['pod', 'away/web'],
    problems: [/^failed pod-identity: .*: the webhook was not called, or did not answer, when it was created$/],
  },
  {
    fault: 'the pod belongs to an old ReplicaSet',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'rollout');
      await apply(healthy, workload('Deployment', 'rollout', 'web'));
      replicaSetPod = await podOf(healthy, 'rollout');
      // Without nodes no new pod becomes ready, so the rollout stops here.
      await apply(healthy, {
        ...workload('Deployment', 'rollout', 'web', { pod: { annotations: roleAnnotation('web') } }),
      });
      await healthy.cluster.waitFor('the second ReplicaSet', async () => {
        const { items } = await healthy.cluster.api<{ items: unknown[] }>(
          'GET',
          '/apis/apps/v1/namespaces/rollout/replicasets',
        );
        return items.length === 2;
      });
      await healthy.cluster.kubectl([
        'annotate',
        'deployment',
        'web',
        '-n',
        'rollout',
        `cwii.dev/aws-role-arn=${roleArn('web')}`,
      ]);
      return undo;
    },
    args: () => ['pod', `rollout/${replicaSetPod}`],
    problems: [
      /^failed pod-identity: .*: it belongs to an old ReplicaSet web-\w+ \(revision 1\); Deployment rollout\/web is at revision 2/,
    ],
  },
  {
    fault: 'a container has static keys',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'static-keys');
      const env = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].map((name) => ({ name, value: 'x' }));
      const containers = [{ name: 'app', image: 'app', env: [...env, { name: 'AWS_REGION', value: 'eu-central-1' }] }];
      await apply(healthy, pod('static-keys', 'web', { annotations: roleAnnotation('web'), containers }));
      return undo;
    },
    args: ['pod', 'static-keys/web'],
    problems: [/^warning pod-findings: .*AWS_ACCESS_KEY_ID/],
  },
  {
    fault: 'a container has an identity of its own',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'own');
      const env = [
        { name: 'AWS_ROLE_ARN', value: roleArn('other') },
        { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/var/token' },
        { name: 'AWS_REGION', value: 'eu-central-1' },
      ];
      const containers = [{ name: 'app', image: 'app', env }];
      await apply(healthy, pod('own', 'web', { annotations: roleAnnotation('web'), containers }));
      return undo;
    },
    args: ['pod', 'own/web'],
    problems: [/^warning pod-findings: .*container "?app"?.*AWS_ROLE_ARN|^warning pod-findings: .*AWS_ROLE_ARN.*app/],
  },
  {
    fault: 'a ConfigMap sets static keys with envFrom',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'env-from');
      const configMap = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { namespace: 'env-from', name: 'legacy' },
        data: { ACCESS_KEY_ID: 'a-value-that-is-not-shown', SECRET_ACCESS_KEY: 'x' },
      };
      const containers = [
        {
          name: 'app',
          image: 'app',
          env: [{ name: 'AWS_REGION', value: 'eu-central-1' }],
          envFrom: [{ prefix: 'AWS_', configMapRef: { name: 'legacy' } }],
        },
      ];
      await apply(healthy, configMap, pod('env-from', 'web', { annotations: roleAnnotation('web'), containers }));
      return undo;
    },
    args: ['pod', 'env-from/web'],
    problems: [/^failed pod-env-from: .*AWS_ACCESS_KEY_ID.* \(from ConfigMap env-from\/legacy\)$/],
  },
  {
    fault: 'a Secret sets static keys with envFrom',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'env-secret');
      const secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace: 'env-secret', name: 'legacy' },
        stringData: { AWS_ACCESS_KEY_ID: 'a-value-that-is-not-shown', AWS_SECRET_ACCESS_KEY: 'x' },
      };
      const containers = [
        {
          name: 'app',
          image: 'app',
          env: [{ name: 'AWS_REGION', value: 'eu-central-1' }],
          envFrom: [{ secretRef: { name: 'legacy' } }],
        },
      ];
      await apply(healthy, secret, pod('env-secret', 'web', { annotations: roleAnnotation('web'), containers }));
      return undo;
    },
    args: ['pod', 'env-secret/web', '--secrets'],
    problems: [/^failed pod-env-from: .*AWS_ACCESS_KEY_ID.* \(from Secret env-secret\/legacy\)$/],
  },
  {
    fault: 'the kubelet cannot mount a volume of cwii',
    inject: async (healthy) => {
      const now = new Date().toISOString();
      await apply(healthy, {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { namespace: 'shop', name: 'checkout.mount' },
        involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'checkout' },
        type: 'Warning',
        reason: 'FailedMount',
        message: 'MountVolume.SetUp failed for volume "cwii-aws-token" : failed to fetch token: forbidden',
        firstTimestamp: now,
        lastTimestamp: now,
      });
      return () => healthy.cluster.api('DELETE', '/api/v1/namespaces/shop/events/checkout.mount');
    },
    args: ['pod', 'shop/checkout'],
    problems: [/^failed pod-mounts: FailedMount: MountVolume\.SetUp failed for volume "cwii-aws-token"/],
  },
  {
    fault: 'a verify container fails',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'verify');
      const annotations = { ...roleAnnotation('web'), 'cwii.dev/aws-verify': 'true' };
      await apply(healthy, pod('verify', 'web', { annotations }));
      const terminated = {
        exitCode: 254,
        message: 'An error occurred (AccessDenied) when calling AssumeRoleWithWebIdentity\n',
      };
      await healthy.cluster.api('PATCH', '/api/v1/namespaces/verify/pods/web/status', {
        status: {
          initContainerStatuses: [
            { name: 'cwii-aws-verify', ready: false, restartCount: 1, image: 'x', imageID: '', state: { terminated } },
          ],
        },
      });
      return undo;
    },
    args: ['pod', 'verify/web'],
    problems: [/^failed pod-verify: container cwii-aws-verify ended with 254: An error occurred \(AccessDenied\)/],
  },
  {
    fault: 'two at once: static keys, and older than the annotation',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'both');
      const env = [
        { name: 'AWS_ACCESS_KEY_ID', value: 'x' },
        { name: 'AWS_REGION', value: 'eu-central-1' },
      ];
      const containers = [{ name: 'app', image: 'app', env }];
      const web = pod('both', 'web', { containers, serviceAccountName: 'checkout' });
      await apply(healthy, serviceAccount('both', 'checkout'), web);
      await nextSecond();
      await apply(healthy, serviceAccount('both', 'checkout', roleAnnotation('both')));
      return undo;
    },
    args: ['pod', 'both/web'],
    problems: [/^failed pod-identity: .*older than the annotation/, /^warning pod-findings: .*AWS_ACCESS_KEY_ID/],
  },
];

describeFaults('one pod', faults);
