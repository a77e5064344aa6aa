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
