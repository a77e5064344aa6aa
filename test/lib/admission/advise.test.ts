// Knows what the person who applies a workload is told of its pods, and from which scopes.

import { beforeEach, describe, expect, it } from 'vitest';
import type { Advice } from '../../../lib/admission/advise.ts';
import { ClusterReadError } from '../../../lib/common/errors.ts';
import { adviceFrom } from '../../fakes/advice.ts';
import { FakeCluster } from '../../fakes/cluster.ts';
import type { Review } from '../../fakes/events.ts';
import { type Applied, applied, cronJobOf, role, templateOf, workloadOf } from '../../fakes/workloads.ts';

let cluster: FakeCluster;
beforeEach(() => {
  cluster = new FakeCluster().serve('ServiceAccount shop/default').serve('Namespace shop');
});

const adviceOn = (review: Review, env: Record<string, string> = {}) => adviceFrom(cluster, review, env);
const codesOf = ({ findings }: Advice) => findings.map(({ code }) => code);

describe('a workload', () => {
  it.each([
    ['apps/deployments', 'Deployment'],
    ['apps/replicasets', 'ReplicaSet'],
    ['apps/statefulsets', 'StatefulSet'],
    ['apps/daemonsets', 'DaemonSet'],
    ['batch/jobs', 'Job'],
    ['/replicationcontrollers', 'ReplicationController'],
  ])('of %s is told what its pods get', async (resource, kind) => {
    expect(await adviceOn(applied(resource, workloadOf(templateOf(role))))).toEqual({
      summary: `cwii: the pods of ${kind} shop/web get the identity of aws`,
      findings: [],
      reads: 2,
    });
  });

  it('of a CronJob is told what the pods of its Jobs get', async () => {
    expect((await adviceOn(applied('batch/cronjobs', cronJobOf(templateOf(role))))).summary).toBe(
      'cwii: the pods of CronJob shop/web get the identity of aws',
    );
  });

  it('of a configured kind is told as well', async () => {
    const env = { CWII_OWNER_KINDS: 'argoproj.io/v1alpha1/rollouts=Rollout' };

    const { summary } = await adviceOn(applied('argoproj.io/rollouts', workloadOf(templateOf(role))), env);

    expect(summary).toBe('cwii: the pods of Rollout shop/web get the identity of aws');
  });

  it('whose pods are made of no template has nothing to be told of', async () => {
    const env = { CWII_OWNER_KINDS: 'argoproj.io/v1alpha1/rollouts=Rollout' };
    const rollout: Applied = { metadata: { name: 'web' }, spec: { workloadRef: { kind: 'Deployment', name: 'web' } } };

    expect(await adviceOn(applied('argoproj.io/rollouts', rollout), env)).toEqual({ findings: [], reads: 0 });
  });

  it('whose pods ask for nothing is told nothing', async () => {
    expect(await adviceOn(applied('apps/deployments', workloadOf()))).toEqual({ findings: [], reads: 2 });
  });

  it('is told of all clouds, sorted', async () => {
    const id = '11111111-2222-3333-4444-555555555555';
    const annotations = {
      ...role,
      'cwii.dev/az-client-id': id,
      'cwii.dev/az-tenant-id': id,
      'cwii.dev/gcp-inject': 'true',
      'cwii.dev/gcp-audience': '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/c',
    };

    const { summary } = await adviceOn(applied('apps/deployments', workloadOf(templateOf(annotations))));

    expect(summary).toBe('cwii: the pods of Deployment shop/web get the identity of aws, az, gcp');
  });

  it('whose pods will be refused is told so, and why', async () => {
    const review = applied('apps/deployments', workloadOf(templateOf({ 'cwii.dev/aws-role-arn': 'web' })));

    expect(await adviceOn(review)).toMatchObject({
      summary: 'cwii: the pods of Deployment shop/web will be refused',
      findings: [{ code: 'aws-role-arn-invalid', severity: 'deny', object: 'Pod shop/web-*' }],
    });
  });

  it('whose pods lack what they need is told so, as they would be', async () => {
    const review = applied('apps/deployments', workloadOf(templateOf({ 'cwii.dev/aws-inject': 'true' })));

    expect(codesOf(await adviceOn(review))).toEqual(['aws-role-missing']);
  });

  it('is told of a container that the template does not have', async () => {
    const review = applied('apps/deployments', workloadOf(templateOf({ ...role, 'cwii.dev/skip-containers': 'ap' })));

    expect(codesOf(await adviceOn(review))).toEqual(['container-unknown']);
  });

  it('is not told of a container in a list for the whole namespace, which not every workload has', async () => {
    cluster.serve('Namespace shop', { annotations: { 'cwii.dev/skip-containers': 'istio-proxy' } });

    expect(codesOf(await adviceOn(applied('apps/deployments', workloadOf(templateOf(role)))))).toEqual([]);
  });

  it('is told who said no, where an identity is set up and nobody else says why', async () => {
    const annotations = { ...role, 'cwii.dev/aws-inject': 'false' };

    expect((await adviceOn(applied('apps/deployments', workloadOf(templateOf(annotations))))).summary).toBe(
      'cwii: the pods of Deployment shop/web get no identity: cwii.dev/aws-inject is "false" on Pod shop/web-*',
    );
  });

  it('that has no name yet is called by what its name begins with', async () => {
    const job = workloadOf(templateOf(role));
    delete job.metadata.name;
    job.metadata.generateName = 'import-';

    expect((await adviceOn(applied('batch/jobs', job))).summary).toContain('Job shop/import-* ');
  });

  it.each([null, undefined])('whose template has metadata %s is looked at all the same', async (metadata) => {
    cluster.serve('Namespace shop', { annotations: role });
    const review = applied('apps/deployments', workloadOf({ ...templateOf(), metadata }));

    expect((await adviceOn(review)).summary).toContain('aws');
  });
});

describe('the scopes of the pods to come', () => {
  const region = (value: string) => ({ 'cwii.dev/aws-region': value });

  it('are the template, the workload, the ServiceAccount and the namespace', async () => {
    const wrong = region('nowhere');
    cluster.serve('ServiceAccount shop/default', { annotations: wrong }).serve('Namespace shop', { annotations: role });

    const template = await adviceOn(applied('apps/deployments', workloadOf(templateOf(wrong), region('no'))));
    const workload = await adviceOn(applied('apps/deployments', workloadOf(templateOf(), wrong)));
    const account = await adviceOn(applied('apps/deployments', workloadOf()));

    expect([template, workload, account].map(({ findings }) => findings.map(({ object }) => object))).toEqual([
      ['Pod shop/web-*'],
      ['Deployment shop/web'],
      ['ServiceAccount shop/default'],
    ]);
  });

  it('of a CronJob have the template of its Jobs before itself', async () => {
    const job = cronJobOf(templateOf(role), region('us-east-1'), region('nowhere'));

    expect(codesOf(await adviceOn(applied('batch/cronjobs', job)))).toEqual(['aws-region-invalid']);
  });

  it('have the ServiceAccount that the template names', async () => {
    cluster.serve('ServiceAccount shop/api', { annotations: role });
    const review = applied('apps/deployments', workloadOf(templateOf({}, { serviceAccountName: 'api' })));

    expect((await adviceOn(review)).summary).toContain('aws');
    expect(cluster.reads.sort()).toEqual(['Namespace shop', 'ServiceAccount shop/api']);
  });

  it.each(['', null])('have the default ServiceAccount where the template names %j', async (serviceAccountName) => {
    await adviceOn(applied('apps/deployments', workloadOf(templateOf({}, { serviceAccountName }))));

    expect(cluster.reads).toContain('ServiceAccount shop/default');
  });

  it('are read afresh, because they may have been applied a moment ago', async () => {
    await adviceOn(applied('apps/deployments', workloadOf(templateOf(role))));

    expect(cluster.options.map(({ fresh }) => fresh)).toEqual([true, true]);
  });

  it('may be missing', async () => {
    const { summary } = await adviceFrom(new FakeCluster(), applied('apps/deployments', workloadOf(templateOf(role))));

    expect(summary).toContain('aws');
  });

  it('are the workload’s own where there is no way into the cluster', async () => {
    const advice = await adviceFrom(undefined, applied('apps/deployments', workloadOf(templateOf(role))));

    expect(advice).toEqual({
      summary: 'cwii: the pods of Deployment shop/web get the identity of aws',
      findings: [],
      reads: 0,
    });
  });

  it('that cannot be read are an error', async () => {
    cluster.fail('Namespace shop', new ClusterReadError('cluster-timeout', 'no answer'));

    await expect(adviceOn(applied('apps/deployments', workloadOf(templateOf(role))))).rejects.toMatchObject({
      code: 'cluster-timeout',
    });
  });

  it('do not include a ServiceAccount that no object can be named like', async () => {
    const review = applied('apps/deployments', workloadOf(templateOf(role, { serviceAccountName: '../secrets' })));

    expect((await adviceOn(review)).summary).toContain('aws');
    expect(cluster.reads).toEqual(['Namespace shop']);
  });

  it('are honoured in other products’ words, with the labels of the template', async () => {
    const id = '11111111-2222-3333-4444-555555555555';
    const annotations = { 'azure.workload.identity/client-id': id, 'azure.workload.identity/tenant-id': id };
    cluster.serve('ServiceAccount shop/default', { annotations });
    const template = { ...templateOf(), metadata: { labels: { 'azure.workload.identity/use': 'true' } } };
    const env = { CWII_NATIVE_ANNOTATIONS: 'true' };

    expect((await adviceOn(applied('apps/deployments', workloadOf(template)), env)).summary).toContain('az');
    expect((await adviceOn(applied('apps/deployments', workloadOf()), env)).summary).toBeUndefined();
  });
});
