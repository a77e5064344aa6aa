// Tests for `cwii preview` of workloads: each is shown as the Pod that its controller would create.

import { describe, expect, test } from 'vitest';
import { cwii, type Ended } from './command.ts';

// biome-ignore lint/suspicious/noExplicitAny: the output is JSON of many shapes
type Pod = any;

const ROLE = 'arn:aws:iam::123456789012:role/web';
const podsOf = ({ stdout }: Ended): Pod[] => JSON.parse(stdout).items;
const rolesOf = (ended: Ended): (string | undefined)[] =>
  podsOf(ended).map(({ spec }) => spec.containers[0].env?.find(({ name }: Pod) => name === 'AWS_ROLE_ARN')?.value);

const preview = (stdin: string, ...options: string[]) => cwii(['preview', '-f', '-', ...options], { stdin });

const annotations = `annotations: { cwii.dev/aws-role-arn: "${ROLE}", cwii.dev/aws-region: us-east-1 }`;
const template = 'template: { spec: { containers: [{ name: app, image: app }] } }';

describe.concurrent('a workload is shown as the Pod that its controller creates', () => {
  test('a Deployment through a ReplicaSet, with its hash as a label', async () => {
    const ended = await cwii(['preview', '-f', 'examples/deployment.yaml', '-o', 'json']);

    expect(ended).toMatchObject({ status: 0, stderr: '' });
    const [pod, ...others] = podsOf(ended);
    expect(others).toEqual([]);
    const hash = pod.metadata.labels['pod-template-hash'];
    expect(pod.metadata).toMatchObject({
      generateName: `checkout-${hash}-`,
      namespace: 'shop',
      labels: { app: 'checkout' },
      annotations: { 'cwii.dev/injected': 'aws' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `checkout-${hash}`, controller: true }],
    });
    expect(pod.metadata.name).toBeUndefined();
    expect(pod.spec.containers[0].env).toEqual([
      { name: 'AWS_ROLE_ARN', value: 'arn:aws:iam::123456789012:role/shop-checkout' },
      { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/var/run/secrets/cwii.dev/aws/token' },
      { name: 'AWS_REGION', value: 'eu-central-1' },
      { name: 'AWS_ROLE_SESSION_NAME', value: 'checkout' },
    ]);
  });

  test('a Deployment, with the source of each value in -o explain', async () => {
    const { stdout } = await cwii(['preview', '-f', 'examples/deployment.yaml', '-o', 'explain']);

    expect(stdout).toMatch(
      /aws-role-arn +"arn:aws:iam::123456789012:role\/shop-checkout" from ServiceAccount shop\/checkout\n/,
    );
    expect(stdout).toMatch(/aws-region +"eu-central-1" from Namespace shop\n/);
    expect(stdout).toMatch(/aws-role-session-name +"checkout" from Deployment shop\/checkout\n/);
    expect(stdout).not.toContain('not in the files');
  });

  test('a CronJob through a Job, whose own annotations take precedence', async () => {
    const ended = await preview(
      `apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly, ${annotations} }
spec:
  jobTemplate:
    metadata: { annotations: { cwii.dev/aws-region: us-east-1 } }
    spec: { ${template} }`,
      '-o',
      'json',
    );

    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(podsOf(ended)).toMatchObject([
      {
        metadata: {
          generateName: expect.stringMatching(/^nightly-\d{8}-$/),
          ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: expect.stringMatching(/^nightly-\d{8}$/) }],
        },
        spec: {
          containers: [{ env: [{ value: ROLE }, { name: 'AWS_WEB_IDENTITY_TOKEN_FILE' }, { value: 'us-east-1' }] }],
        },
      },
    ]);
  });

  test('a StatefulSet as its first Pod, with the volumes of its claims', async () => {
    const ended = await preview(
      `apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db, ${annotations} }
spec:
  serviceName: db
  volumeClaimTemplates:
    - metadata: { name: data }
      spec: { resources: { requests: { storage: 1Gi } } }
  template:
    spec:
      volumes: [{ name: config, configMap: { name: db } }]
      containers: [{ name: app, image: app, volumeMounts: [{ name: data, mountPath: /data }] }]`,
      '-o',
      'json',
    );

    expect(ended).toMatchObject({ status: 0, stderr: '' });
    const [pod] = podsOf(ended);
    expect(pod.metadata).toMatchObject({ name: 'db-0', ownerReferences: [{ kind: 'StatefulSet', name: 'db' }] });
    expect(pod.spec).toMatchObject({ hostname: 'db-0', subdomain: 'db' });
    expect(pod.spec.volumes).toEqual(
      expect.arrayContaining([
        { name: 'config', configMap: { name: 'db' } },
        { name: 'data', persistentVolumeClaim: { claimName: 'data-db-0' } },
        expect.objectContaining({ name: 'cwii-aws-token' }),
      ]),
    );
    expect(pod.spec.containers[0].volumeMounts.map(({ name }: Pod) => name)).toEqual(['data', 'cwii-aws-token']);
  });

  test.for([
    ['apps/v1', 'DaemonSet'],
    ['apps/v1', 'ReplicaSet'],
    ['batch/v1', 'Job'],
    ['v1', 'ReplicationController'],
  ] as const)('%s %s directly', async ([apiVersion, kind]) => {
    const ended = await preview(
      `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: web, ${annotations} }\nspec: { ${template} }`,
      '-o',
      'json',
    );

    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(podsOf(ended)).toMatchObject([
      { metadata: { generateName: 'web-', ownerReferences: [{ apiVersion, kind, name: 'web' }] } },
    ]);
    expect(rolesOf(ended)).toEqual([ROLE]);
  });

  test('an Argo Rollout through a ReplicaSet, if its kind is configured', async () => {
    const ended = await cwii(['preview', '-f', '-', '-o', 'json'], {
      stdin: `apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: { name: web, ${annotations} }\nspec: { ${template} }`,
      env: { CWII_OWNER_KINDS: 'argoproj.io/v1alpha1/rollouts=Rollout' },
    });

    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(podsOf(ended)).toMatchObject([{ metadata: { ownerReferences: [{ kind: 'ReplicaSet' }] } }]);
    expect(rolesOf(ended)).toEqual([ROLE]);
  });

  test('a Job with generateName', async () => {
    const ended = await preview(
      `apiVersion: batch/v1\nkind: Job\nmetadata: { generateName: import-, ${annotations} }\nspec: { ${template} }`,
      '-o',
      'json',
    );

    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(podsOf(ended)).toMatchObject([{ metadata: { generateName: expect.stringMatching(/^import-/) } }]);
    expect(rolesOf(ended)).toEqual([ROLE]);
  });

  test('a pod with the deprecated field serviceAccount, as in the API server', async () => {
    const ended = await preview(
      `apiVersion: v1
kind: ServiceAccount
metadata: { name: my-app, ${annotations} }
---
apiVersion: v1
kind: Pod
metadata: { name: web }
spec: { serviceAccount: my-app, containers: [{ name: app, image: app }] }`,
      '-o',
      'json',
    );

    expect(podsOf(ended)).toMatchObject([{ spec: { serviceAccountName: 'my-app' } }]);
    expect(rolesOf(ended)).toEqual([ROLE]);
  });

  test('a Deployment only once, if its ReplicaSet is in the files too', async () => {
    const owner = '{ apiVersion: apps/v1, kind: Deployment, name: web, uid: one, controller: true }';
    const ended = await preview(
      `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, uid: one, ${annotations} }
spec: { ${template} }
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: { name: web-5d8f7c9b6d, ownerReferences: [${owner}] }
spec: { ${template} }`,
      '-o',
      'json',
    );

    expect(rolesOf(ended)).toEqual([ROLE]);
  });
});
