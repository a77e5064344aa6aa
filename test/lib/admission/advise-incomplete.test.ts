// Knows what is said of a workload that lacks what most have: admission comes before validation.

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

describe('a workload', () => {
  it.each<[string, unknown]>([
    ['apps/deployments', { metadata: { name: 'web' } }],
    ['apps/deployments', { metadata: { name: 'web' }, spec: null }],
    ['apps/deployments', workloadOf(null)],
    ['batch/cronjobs', cronJobOf(undefined)],
    ['batch/cronjobs', { metadata: { name: 'web' }, spec: { jobTemplate: null } }],
  ])('of %s that is not complete yet has nothing to be told of: %j', async (resource, object) => {
    expect(await adviceOn(applied(resource, object as Applied))).toEqual({ findings: [], reads: 0 });
  });

  it('of a CronJob may leave out what its Jobs have none of', async () => {
    const job = { metadata: { name: 'web' }, spec: { jobTemplate: { spec: { template: templateOf(role) } } } };

    expect((await adviceOn(applied('batch/cronjobs', job))).summary).toContain('aws');
  });

  it('without a name or containers is looked at all the same', async () => {
    const { summary } = await adviceOn(
      applied('apps/deployments', { metadata: {}, spec: { template: { metadata: { annotations: role } } } }),
    );

    expect(summary).toBe('cwii: the pods of Deployment shop/* get no identity, because no container takes it');
    expect(cluster.reads.sort()).toEqual(['Namespace shop', 'ServiceAccount shop/default']);
  });

  it('whose template has containers without names is an error that says where', async () => {
    const review = applied('apps/deployments', workloadOf(templateOf(role, { containers: [{}] })));

    await expect(adviceOn(review)).rejects.toMatchObject({
      code: 'review-invalid',
      message: expect.stringContaining('spec.containers.0.name'),
    });
  });
});

describe('a change to what is nested more deeply than a program’s stack', () => {
  it('is told of, though it cannot be seen whether anything changed', async () => {
    const deep = () => JSON.parse(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`);
    const object = () => workloadOf(templateOf(role, { 'x-deep': deep() }));
    const review = updated('apps/deployments', object(), object());
    const { summary } = await adviceOn(review);

    expect(summary).toContain('aws');
  });
});

describe('an object that is no workload', () => {
  it.each([null, 'web', { metadata: { annotations: { a: 1 } } }, { spec: 'x' }])('like %j is an error', async (odd) => {
    await expect(adviceOn(applied('apps/deployments', odd as unknown as Applied))).rejects.toMatchObject({
      code: 'review-invalid',
    });
  });
});
