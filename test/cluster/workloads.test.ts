// Pods follow the annotations of the workload that owns them, for all of Kubernetes' built-in controllers.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toCommentedYaml } from '../../cli/manifests/commented-yaml.ts';
import { accessObjects } from '../../cli/manifests/rbac.ts';
import { parseOwnerKinds } from '../../lib/kubernetes/owner-kinds.ts';
import { pod, roleAnnotation, roleArn, type WorkloadKind, workload } from './manifests.ts';
import { controlledBy, ownedPod, runner, runnerDefinition } from './owned-pods.ts';
import { roleOf } from './stored-pod.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';
import type { WebhookUnderTest } from './webhook-under-test.ts';

describe('an owning workload', () => {
  let cluster: TestCluster;
  let webhook: WebhookUnderTest;
  beforeAll(async () => {
    cluster = await startTestCluster(['cwii', 'with-runners', 'with-pods']);
    webhook = await cluster.addWebhook();
  });
  afterAll(() => cluster?.stop());

  it('is optional: a bare pod follows its own annotation', async () => {
    await cluster.addNamespace('bare');
    expect(roleOf(await cluster.create(pod('bare', 'app', { annotations: roleAnnotation('bare') })))).toBe(
      roleArn('bare'),
    );
    expect((await webhook.logged('bare'))[0].reads).toBe(2);
  });

  it.each<WorkloadKind>(['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController', 'Job'])(
    'gives its role to its pod if it is a %s',
    async (kind) => {
      const namespace = kind.toLowerCase();
      await cluster.addNamespace(namespace);
      await cluster.create(workload(kind, namespace, 'web', { annotations: roleAnnotation(kind) }));
      const stored = await cluster.podIn(namespace);
      expect(roleOf(stored)).toBe(roleArn(kind));
      expect(stored.metadata.annotations).toMatchObject({ 'cwii.dev/injected': 'aws' });
      expect(stored.metadata.annotations).not.toHaveProperty(['cwii.dev/aws-role-arn']);
    },
  );

  it('gives its role to the pod of each node if it is a DaemonSet', async () => {
    await cluster.api('POST', '/api/v1/nodes', { metadata: { name: 'node-1' } });
    await cluster.addNamespace('daemonset');
    await cluster.create(workload('DaemonSet', 'daemonset', 'agent', { annotations: roleAnnotation('DaemonSet') }));

    expect(roleOf(await cluster.podIn('daemonset'))).toBe(roleArn('DaemonSet'));
  });

  it('gives its role to the pod of a scheduled Job if it is a CronJob', async () => {
    const namespace = 'cronjob';
    await cluster.addNamespace(namespace);
    await cluster.create(workload('CronJob', namespace, 'nightly', { annotations: roleAnnotation('CronJob') }));
    const lastScheduleTime = new Date(Date.now() - 400 * 24 * 3_600_000).toISOString();
    const path = `/apis/batch/v1/namespaces/${namespace}/cronjobs/nightly/status`;
    await cluster.api('PATCH', path, { status: { lastScheduleTime } });
    const stored = await cluster.podIn(namespace);

    expect(stored.metadata.ownerReferences?.[0]?.name).toMatch(/^nightly-\d+$/);
    expect(roleOf(stored)).toBe(roleArn('CronJob'));
    expect((await webhook.logged(namespace))[0].reads).toBe(4);
  });

  it.each([
    ['a Job named like those of another CronJob', 'catch-up-7', 5],
    ['a Job with a name of its own', 'by-hand', 4],
  ])('that is a CronJob gives its role to the pod of %s', async (_, job, reads) => {
    const namespace = `cronjob-${job}`;
    await cluster.addNamespace(namespace);
    await cluster.create(workload('CronJob', namespace, 'catch-up', { annotations: roleAnnotation('another') }));
    await cluster.create(workload('CronJob', namespace, 'nightly', { annotations: roleAnnotation('CronJob') }));
    const made = await cluster.kubectl(['-n', namespace, 'create', 'job', job, '--from=cronjob/nightly']);

    expect(made.code).toBe(0);
    expect(roleOf(await cluster.podIn(namespace))).toBe(roleArn('CronJob'));
    expect((await webhook.logged(namespace))[0].reads).toBe(reads);
  });

  it('gives its role to its pod if it is a custom resource listed in CWII_OWNER_KINDS', async () => {
    await cluster.apply(runnerDefinition);
    await cluster.addWebhook('with-runners', { CWII_OWNER_KINDS: 'example.com/v1/runners=Runner' });
    await cluster.addNamespace('runners', { calledBy: ['with-runners'] });
    const { metadata } = await cluster.waitFor('the API of runners', () =>
      cluster.create(runner('runners', 'ci', { annotations: roleAnnotation('Runner') })),
    );
    const owned = controlledBy('example.com/v1', 'Runner', 'ci', metadata.uid);

    expect(roleOf(await cluster.create(ownedPod('runners', owned)))).toBe(roleArn('Runner'));
  });

  it('gives its role to its pod if it is a pod itself, with the permissions that cwii manifests writes', async () => {
    const ownerKinds = parseOwnerKinds('v1/pods=Pod');
    const access = accessObjects({ identities: 'service-account', ownerKinds, issuer: false, callerTokens: false });
    await cluster.apply(toCommentedYaml('Access', access));
    const token = await cluster.tokenFile('cwii-system', 'cwii-reader');
    await cluster.addWebhook('with-pods', { CWII_OWNER_KINDS: 'v1/pods=Pod', CWII_KUBE_CREDENTIAL: `file:${token}` });
    await cluster.addNamespace('executors', { calledBy: ['with-pods'] });
    const driver = await cluster.create(pod('executors', 'driver', { annotations: roleAnnotation('driver') }));
    const owned = controlledBy('v1', 'Pod', 'driver', driver.metadata.uid);

    expect(roleOf(await cluster.create(ownedPod('executors', owned)))).toBe(roleArn('driver'));
  });

  it('gives no role to a pod with a forged owner reference, and kubectl warns', async () => {
    await cluster.addNamespace('forged');
    await cluster.create(workload('Deployment', 'forged', 'web', { annotations: roleAnnotation('forged') }));
    const genuine = (await cluster.podIn('forged')).metadata.ownerReferences?.[0];
    const uid = '00000000-0000-4000-8000-000000000000';
    const forged = ownedPod('forged', controlledBy('apps/v1', 'ReplicaSet', genuine?.name ?? '', uid));
    const created = await cluster.kubectlCreate(forged);

    expect(roleOf(created.stored())).toBeUndefined();
    expect(created.stderr).toContain(`Warning: ownerReference "ReplicaSet ${genuine?.name}" on Pod forged/claimant:`);
    expect(created.stderr).toContain('has another uid, so its annotations are not used');
  });
});
