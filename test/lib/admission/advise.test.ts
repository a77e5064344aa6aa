// Tests the advice on workloads: what their pods will get, and the scopes that it is based on.

import { beforeEach, describe, expect, it } from 'vitest';
import type { Advice } from '../../../lib/admission/advise.ts';
import { ClusterReadError } from '../../../lib/common/errors.ts';
import { adviceFrom } from '../../fakes/advice.ts';
import { FakeCluster } from '../../fakes/cluster.ts';
import type { Review } from '../../fakes/events.ts';
import { applied, cronJobOf, role, templateOf, workloadOf } from '../../fakes/workloads.ts';

const id = '11111111-2222-3333-4444-555555555555';

let cluster: FakeCluster;
beforeEach(() => {
  cluster = new FakeCluster().serve('ServiceAccount shop/default').serve('Namespace shop');
});

const adviceOn = (review: Review, env: Record<string, string> = {}) => adviceFrom(cluster, review, env);
const deployment = (template: unknown, annotations = {}) =>
  applied('apps/deployments', workloadOf(template, annotations));
const codesOf = ({ findings }: Advice) => findings.map(({ code }) => code);

describe('Advice on a workload', () => {
  it.each([
    ['apps/deployments', 'Deployment'],
    ['apps/replicasets', 'ReplicaSet'],
    ['apps/statefulsets', 'StatefulSet'],
    ['apps/daemonsets', 'DaemonSet'],
    ['batch/jobs', 'Job'],
    ['/replicationcontrollers', 'ReplicationController'],
  ])('of %s says which identity its pods get', async (resource, kind) => {
    expect(await adviceOn(applied(resource, workloadOf(templateOf(role))))).toEqual({
      summary: `cwii: the pods of ${kind} shop/web get the identity of aws`,
      findings: [],
      reads: 2,
    });
  });

  it('of batch/cronjobs says which identity the pods of its Jobs get', async () => {
    expect((await adviceOn(applied('batch/cronjobs', cronJobOf(templateOf(role))))).summary).toBe(
      'cwii: the pods of CronJob shop/web get the identity of aws',
    );
  });

  it('of a configured kind says which identity its pods get', async () => {
    const env = { CWII_OWNER_KINDS: 'argoproj.io/v1alpha1/rollouts=Rollout' };

    const { summary } = await adviceOn(applied('argoproj.io/rollouts', workloadOf(templateOf(role))), env);

    expect(summary).toBe('cwii: the pods of Rollout shop/web get the identity of aws');
  });

  it.each<[string, string, string, unknown]>([
    ['a Rollout that takes its template from a Deployment', 'argoproj.io', 'rollouts=Rollout', null],
    ['a Fleet of Agones', 'agones.dev', 'fleets=Fleet', { spec: { template: templateOf(role) } }],
    ['a Service of Knative', 'serving.knative.dev', 'services=Service', templateOf(role)],
    ['a NodePool of Karpenter', 'karpenter.sh', 'nodepools=NodePool', { spec: { requirements: [] } }],
  ])('is empty for %s, because its pods come from elsewhere', async (_, group, names, template) => {
    const env = { CWII_OWNER_KINDS: `${group}/v1/${names}` };
    const review = applied(`${group}/${names.split('=')[0]}`, workloadOf(template, role));

    expect(await adviceOn(review, env)).toEqual({ findings: [], reads: 0 });
  });

  it('is empty if the pods request nothing', async () => {
    expect(await adviceOn(deployment(templateOf()))).toEqual({ findings: [], reads: 2 });
  });

  it('lists all clouds, sorted', async () => {
    const annotations = {
      ...role,
      'cwii.dev/az-client-id': id,
      'cwii.dev/az-tenant-id': id,
      'cwii.dev/gcp-inject': 'true',
      'cwii.dev/gcp-audience': '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/c',
    };

    const { summary } = await adviceOn(deployment(templateOf(annotations)));

    expect(summary).toBe('cwii: the pods of Deployment shop/web get the identity of aws, az, gcp');
  });

  it('says that pods will be denied, and why', async () => {
    expect(await adviceOn(deployment(templateOf({ 'cwii.dev/aws-role-arn': 'web' })))).toMatchObject({
      summary: 'cwii: the pods of Deployment shop/web will be denied',
      findings: [{ code: 'aws-role-arn-invalid', severity: 'deny', object: 'Pod shop/web-*' }],
    });
  });

  it('reports a missing value as the pods would', async () => {
    expect(codesOf(await adviceOn(deployment(templateOf({ 'cwii.dev/aws-inject': 'true' }))))).toEqual([
      'aws-role-missing',
    ]);
  });

  it('reports a container that the template does not have', async () => {
    const annotations = { ...role, 'cwii.dev/skip-containers': 'ap' };

    expect(codesOf(await adviceOn(deployment(templateOf(annotations))))).toEqual(['container-unknown']);
  });

  it('does not report such a container if a list of the namespace names it', async () => {
    cluster.serve('Namespace shop', { annotations: { 'cwii.dev/skip-containers': 'istio-proxy' } });

    expect(codesOf(await adviceOn(deployment(templateOf(role))))).toEqual([]);
  });

  it('names the annotation that suppresses a requested identity', async () => {
    const annotations = { ...role, 'cwii.dev/aws-inject': 'false' };

    expect((await adviceOn(deployment(templateOf(annotations)))).summary).toBe(
      'cwii: the pods of Deployment shop/web get no identity: cwii.dev/aws-inject is "false" on Pod shop/web-*',
    );
  });

  it('uses the generateName of a workload without a name', async () => {
    const job = workloadOf(templateOf(role));
    delete job.metadata.name;
    job.metadata.generateName = 'import-';

    expect((await adviceOn(applied('batch/jobs', job))).summary).toContain('Job shop/import-* ');
  });

  it.each([null, undefined])('is given for a template with the metadata %s', async (metadata) => {
    cluster.serve('Namespace shop', { annotations: role });

    expect((await adviceOn(deployment({ ...templateOf(), metadata }))).summary).toContain('aws');
  });
});

describe('The scopes of advice on a workload', () => {
  const region = (value: string) => ({ 'cwii.dev/aws-region': value });

  it('are the template, the workload, the ServiceAccount and the namespace, in this order', async () => {
    const wrong = region('nowhere');
    cluster.serve('ServiceAccount shop/default', { annotations: wrong }).serve('Namespace shop', { annotations: role });

    const advice = [
      await adviceOn(deployment(templateOf(wrong), region('no'))),
      await adviceOn(deployment(templateOf(), wrong)),
      await adviceOn(deployment(templateOf())),
    ];

    expect(advice.map(({ findings }) => findings.map(({ object }) => object))).toEqual([
      ['Pod shop/web-*'],
      ['Deployment shop/web'],
      ['ServiceAccount shop/default'],
    ]);
  });

  it('include the Job template of a CronJob before the CronJob', async () => {
    const job = cronJobOf(templateOf(role), region('us-east-1'), region('nowhere'));

    expect(codesOf(await adviceOn(applied('batch/cronjobs', job)))).toEqual(['aws-region-invalid']);
  });

  it('include the ServiceAccount that the template names', async () => {
    cluster.serve('ServiceAccount shop/api', { annotations: role });

    const { summary } = await adviceOn(deployment(templateOf({}, { serviceAccountName: 'api' })));

    expect(summary).toContain('aws');
    expect(cluster.reads.sort()).toEqual(['Namespace shop', 'ServiceAccount shop/api']);
  });

  it.each([
    { spec: { serviceAccountName: '' }, account: 'default' },
    { spec: { serviceAccountName: null }, account: 'default' },
    { spec: { serviceAccount: 'old' }, account: 'old' },
  ])('include the ServiceAccount $account if the template has $spec', async ({ spec, account }) => {
    await adviceOn(deployment(templateOf({}, spec)));

    expect(cluster.reads).toContain(`ServiceAccount shop/${account}`);
  });

  it('are never read from the cache, because they may have been applied a moment ago', async () => {
    await adviceOn(deployment(templateOf(role)));

    expect(cluster.options.map(({ fresh }) => fresh)).toEqual([true, true]);
  });

  it('may not exist in the cluster', async () => {
    const { summary } = await adviceFrom(new FakeCluster(), deployment(templateOf(role)));

    expect(summary).toContain('aws');
  });

  it('are the template and the workload alone without access to the cluster', async () => {
    expect(await adviceFrom(undefined, deployment(templateOf(role)))).toEqual({
      summary: 'cwii: the pods of Deployment shop/web get the identity of aws',
      findings: [],
      reads: 0,
    });
  });

  it('must be readable', async () => {
    cluster.fail('Namespace shop', new ClusterReadError('cluster-timeout', 'no answer'));

    await expect(adviceOn(deployment(templateOf(role)))).rejects.toMatchObject({ code: 'cluster-timeout' });
  });

  it('do not include a ServiceAccount with an invalid name', async () => {
    const { summary } = await adviceOn(deployment(templateOf(role, { serviceAccountName: '../secrets' })));

    expect(summary).toContain('aws');
    expect(cluster.reads).toEqual(['Namespace shop']);
  });

  it('include annotations of other products, for which the template’s labels count', async () => {
    const annotations = { 'azure.workload.identity/client-id': id, 'azure.workload.identity/tenant-id': id };
    cluster.serve('ServiceAccount shop/default', { annotations });
    const labelled = { ...templateOf(), metadata: { labels: { 'azure.workload.identity/use': 'true' } } };
    const env = { CWII_NATIVE_ANNOTATIONS: 'true' };

    expect((await adviceOn(deployment(labelled), env)).summary).toContain('az');
    expect((await adviceOn(deployment(templateOf()), env)).summary).toBeUndefined();
  });
});
