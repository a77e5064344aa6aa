// Faults of age: the pod is older than what would give it another identity, or was created without cwii.

import { serviceAnnotations } from '../../sdk/trust.ts';
import { type Annotations, pod, roleAnnotation, roleArn, serviceAccount, workload } from '../manifests.ts';
import { editObject, type Fault, REGISTRATION } from './fault-matrix.ts';
import type { HealthyCluster } from './healthy-cluster.ts';
import { apply, namespaceFor, nextSecond } from './pod-faults.ts';

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

/** A pod whose ServiceAccount gets the second annotations later. */
const changedLater =
  (namespace: string, first: Annotations, second: Annotations): Fault['inject'] =>
  async (healthy) => {
    const undo = await namespaceFor(healthy, namespace);
    const web = pod(namespace, 'web', { serviceAccountName: 'checkout' });
    await apply(healthy, serviceAccount(namespace, 'checkout', first), web);
    await nextSecond();
    await apply(healthy, serviceAccount(namespace, 'checkout', second));
    return undo;
  };

let replicaSetPod = '';

export const ageFaults: readonly Fault[] = [
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
    fault: 'the pod is older than the request of a service',
    inject: changedLater('late-service', {}, serviceAnnotations.databricks),
    args: ['pod', 'late-service/web'],
    problems: [
      /^failed pod-identity: the pod does not have the identity of databricks: it is older than the annotation cwii\.dev\/databricks-client-id on ServiceAccount late-service\/checkout/,
    ],
  },
  {
    fault: 'the role of a service was changed since the pod was created',
    inject: changedLater('stale-service', serviceAnnotations.alibaba, {
      ...serviceAnnotations.alibaba,
      'cwii.dev/alibaba-role-arn': 'acs:ram::1234567890123456:role/second',
    }),
    args: ['pod', 'stale-service/web'],
    problems: [/^failed pod-identity: .*env\[ALIBABA_CLOUD_ROLE_ARN\]\.value is .*role\/web instead of .*role\/second/],
  },
  {
    fault: 'a target role was requested since the pod was created',
    inject: changedLater('target', roleAnnotation('target'), {
      ...roleAnnotation('target'),
      'cwii.dev/aws-target-role-arn': 'arn:aws:iam::210987654321:role/shared-data',
    }),
    args: ['pod', 'target/web'],
    problems: [/^failed pod-identity: what the pod has is not what a new pod would get: .*cwii-aws-config/],
  },
];
