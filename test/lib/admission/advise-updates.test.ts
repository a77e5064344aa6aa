// Tests which changes of a workload get advice, and that objects of a controller get none.

import { beforeEach, describe, expect, it } from 'vitest';
import { adviceFrom } from '../../fakes/advice.ts';
import { FakeCluster } from '../../fakes/cluster.ts';
import type { Review } from '../../fakes/events.ts';
import { type Applied, applied, cronJobOf, role, templateOf, updated, workloadOf } from '../../fakes/workloads.ts';

let cluster: FakeCluster;
beforeEach(() => {
  cluster = new FakeCluster().serve('ServiceAccount shop/default').serve('Namespace shop');
});

const adviceOn = (review: Review) => adviceFrom(cluster, review);

describe('An update of a workload', () => {
  const old = () => workloadOf(templateOf(role), { 'cwii.dev/aws-region': 'us-east-1' });

  it.each<{ what: string; change: (object: Applied) => void }>([
    { what: 'its status', change: (object) => Object.assign(object, { status: { readyReplicas: 3 } }) },
    { what: 'its scale', change: ({ spec }) => Object.assign(spec ?? {}, { replicas: 5 }) },
    { what: 'its labels', change: ({ metadata }) => Object.assign(metadata, { labels: { team: 'blue' } }) },
    { what: 'its generation', change: ({ metadata }) => Object.assign(metadata, { generation: 2, managedFields: [] }) },
    { what: 'its strategy', change: ({ spec }) => Object.assign(spec ?? {}, { strategy: {}, paused: true }) },
    {
      what: 'annotations of others',
      change: ({ metadata }) =>
        Object.assign(metadata['annotations'] as object, { 'deployment.kubernetes.io/revision': '2' }),
    },
  ])('gets no advice and causes no read if it changes only $what', async ({ change }) => {
    const after = old();
    change(after);

    expect(await adviceOn(updated('apps/deployments', old(), after))).toEqual({ findings: [], reads: 0 });
    expect(cluster.reads).toEqual([]);
  });

  it.each<{ what: string; change: (object: Applied) => void }>([
    { what: 'annotations of cwii', change: ({ metadata }) => Object.assign(metadata, { annotations: {} }) },
    {
      what: 'an annotation of another product that cwii can read',
      change: ({ metadata }) =>
        Object.assign(metadata['annotations'] as object, { 'eks.amazonaws.com/skip-containers': 'x' }),
    },
    { what: 'the template', change: ({ spec }) => Object.assign(spec ?? {}, { template: templateOf() }) },
    {
      what: 'the ServiceAccount',
      change: ({ spec }) => Object.assign(spec ?? {}, { template: templateOf(role, { serviceAccountName: 'api' }) }),
    },
  ])('gets advice if it changes $what', async ({ change }) => {
    const after = old();
    change(after);

    expect(await adviceOn(updated('apps/deployments', old(), after))).toMatchObject({ reads: 2 });
  });

  it('gets no advice if it changes only the schedule of a CronJob', async () => {
    const cronJob = cronJobOf(templateOf());
    const rescheduled = { ...cronJob, spec: { ...cronJob.spec, schedule: '@hourly' } };

    expect(await adviceOn(updated('batch/cronjobs', cronJob, rescheduled))).toMatchObject({ reads: 0 });
  });

  it.each([
    { what: 'pod template', changed: cronJobOf(templateOf(role)) },
    { what: 'Job template', changed: cronJobOf(templateOf(), {}, role) },
  ])('gets advice if it changes the $what of a CronJob', async ({ changed }) => {
    expect(await adviceOn(updated('batch/cronjobs', cronJobOf(templateOf()), changed))).toMatchObject({
      summary: expect.stringContaining('aws'),
    });
  });
});

describe('An update of annotations that leaves the template unchanged', () => {
  const without = workloadOf(templateOf());
  const annotated = workloadOf(templateOf(), role);
  const malformed = workloadOf(templateOf(), { 'cwii.dev/aws-role-arn': 'web' });
  const restart = 'kubectl rollout restart deployment/web -n shop';

  it.each<{ what: string; resource: string; before: Applied; after: Applied; summary: string }>([
    {
      what: 'adds an identity',
      resource: 'apps/deployments',
      before: without,
      after: annotated,
      summary: `cwii: new pods of Deployment shop/web get the identity of aws; running pods keep what they have: ${restart}`,
    },
    {
      what: 'removes it',
      resource: 'apps/deployments',
      before: annotated,
      after: without,
      summary: `cwii: new pods of Deployment shop/web get no identity; running pods keep what they have: ${restart}`,
    },
    {
      what: 'makes it impossible',
      resource: 'apps/deployments',
      before: annotated,
      after: malformed,
      summary: 'cwii: new pods of Deployment shop/web will be denied; running pods keep what they have',
    },
    {
      what: 'adds an identity to a kind that cannot be restarted',
      resource: 'apps/replicasets',
      before: without,
      after: annotated,
      summary: 'cwii: new pods of ReplicaSet shop/web get the identity of aws; running pods keep what they have',
    },
  ])(
    'says what new pods get, and how running pods get it, if it $what',
    async ({ resource, before, after, summary }) => {
      expect(await adviceOn(updated(resource, before, after))).toMatchObject({ summary, reads: 2 });
    },
  );

  it('says nothing about pods that get nothing, before and after', async () => {
    const changed = workloadOf(templateOf(), { 'cwii.dev/aws-region': 'us-east-1' });

    expect((await adviceOn(updated('apps/deployments', without, changed))).summary).toBeUndefined();
  });

  it('leaves out the command if the line would be cut', async () => {
    const [before, after] = [structuredClone(without), structuredClone(annotated)];
    before.metadata.name = after.metadata.name = 'w'.repeat(90);

    const { summary = '' } = await adviceOn(updated('apps/deployments', before, after));

    expect(summary).toMatch(/ running pods keep what they have$/);
    expect(summary.length).toBeLessThanOrEqual(256);
  });
});

describe('An object with an owner', () => {
  const owned = (template: unknown, controller: boolean) => {
    const object = workloadOf(template);
    object.metadata['ownerReferences'] = [{ apiVersion: 'x/v1', kind: 'X', name: 'x', uid: '1', controller }];
    return object;
  };

  it.each(['apps/replicasets', 'batch/jobs'])('gets no advice if the owner controls it: %s', async (resource) => {
    const object = owned(templateOf({ 'cwii.dev/aws-role-arn': 'web' }), true);

    expect(await adviceOn(applied(resource, object))).toEqual({ findings: [], reads: 0 });
    expect(cluster.reads).toEqual([]);
  });

  it('gets advice if the owner does not control it', async () => {
    expect((await adviceOn(applied('batch/jobs', owned(templateOf(role), false)))).summary).toContain('aws');
  });
});
