// Tests advice on incomplete and invalid objects: admission comes before the API server's validation.

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

describe('Advice on an incomplete workload', () => {
  it.each<[string, unknown]>([
    ['apps/deployments', { metadata: { name: 'web' } }],
    ['apps/deployments', { metadata: { name: 'web' }, spec: null }],
    ['apps/deployments', workloadOf(null)],
    ['apps/deployments', workloadOf([])],
    ['apps/deployments', workloadOf('text')],
    ['batch/cronjobs', cronJobOf(undefined)],
    ['batch/cronjobs', { metadata: { name: 'web' }, spec: { jobTemplate: null } }],
    ['batch/cronjobs', { metadata: { name: 'web' }, spec: { jobTemplate: { metadata: 1 } } }],
  ])('of %s is empty: %j', async (resource, object) => {
    expect(await adviceOn(applied(resource, object as Applied))).toEqual({ findings: [], reads: 0 });
  });

  it('is given for a CronJob whose Job template has no metadata', async () => {
    const job = { metadata: { name: 'web' }, spec: { jobTemplate: { spec: { template: templateOf(role) } } } };

    expect((await adviceOn(applied('batch/cronjobs', job))).summary).toContain('aws');
  });

  it('says that no container takes the identity if there are none', async () => {
    const { summary } = await adviceOn(
      applied('apps/deployments', { metadata: {}, spec: { template: { metadata: { annotations: role } } } }),
    );

    expect(summary).toBe(
      'cwii: the pods of Deployment shop/* get no identity, because skip-containers or include-containers excludes every container',
    );
    expect(cluster.reads.sort()).toEqual(['Namespace shop', 'ServiceAccount shop/default']);
  });
});

describe('Advice', () => {
  it('fails with the place if the pod template is invalid', async () => {
    const review = applied('apps/deployments', workloadOf(templateOf(role, { containers: [{}] })));

    await expect(adviceOn(review)).rejects.toMatchObject({
      code: 'review-invalid',
      message: expect.stringContaining('spec.containers.0.name'),
    });
  });

  it.each([null, 'web', { metadata: { annotations: { a: 1 } } }, { spec: 'x' }])(
    'fails if the object is invalid: %j',
    async (object) => {
      await expect(adviceOn(applied('apps/deployments', object as unknown as Applied))).rejects.toMatchObject({
        code: 'review-invalid',
      });
    },
  );

  it('fails if the old object of an update is invalid', async () => {
    const review = updated('apps/deployments', 'web' as unknown as Applied, workloadOf());

    await expect(adviceOn(review)).rejects.toMatchObject({ code: 'review-invalid' });
  });

  it('is given for an update that is nested too deeply to find out what changed', async () => {
    const deep = () => JSON.parse(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`);
    const object = () => workloadOf(templateOf(role, { 'x-deep': deep() }));

    const { summary } = await adviceOn(updated('apps/deployments', object(), object()));

    expect(summary).toContain('aws');
  });
});
