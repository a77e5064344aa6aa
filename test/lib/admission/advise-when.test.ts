// Knows which requests are advised on, which changes are of interest, and what is said of wider scopes on their own.

import { beforeEach, describe, expect, it } from 'vitest';
import { advisedKind } from '../../../lib/admission/advise.ts';
import { parseMutateSettings } from '../../../lib/settings/webhook-config.ts';
import { adviceFrom } from '../../fakes/advice.ts';
import { FakeCluster } from '../../fakes/cluster.ts';
import type { Review } from '../../fakes/events.ts';
import { requestOf } from '../../fakes/views.ts';
import {
  type Applied,
  applied,
  cronJobOf,
  role,
  scopeObject,
  templateOf,
  updated,
  workloadOf,
} from '../../fakes/workloads.ts';

const kindOf = (review: Review, env: Record<string, string> = {}) =>
  advisedKind(requestOf(review), parseMutateSettings(env).ownerKinds)?.kind;

let cluster: FakeCluster;
beforeEach(() => {
  cluster = new FakeCluster().serve('ServiceAccount shop/default').serve('Namespace shop');
});

const adviceOn = (review: Review, env: Record<string, string> = {}) => adviceFrom(cluster, review, env);

describe('a request', () => {
  it.each([
    ['apps/deployments', 'Deployment'],
    ['batch/cronjobs', 'CronJob'],
    ['/replicationcontrollers', 'ReplicationController'],
    ['/serviceaccounts', 'ServiceAccount'],
    ['/namespaces', 'Namespace'],
  ])('about %s is advised on', (resource, kind) => {
    expect(kindOf(applied(resource, workloadOf()))).toBe(kind);
    expect(kindOf(updated(resource, workloadOf(), workloadOf()))).toBe(kind);
  });

  it.each(['/pods', '/services', 'extensions/deployments', 'apps/serviceaccounts', 'argoproj.io/rollouts', '/'])(
    'about %s is not',
    (resource) => {
      expect(kindOf(applied(resource, workloadOf()))).toBeUndefined();
    },
  );

  it('about a kind that owns pods by configuration is advised on', () => {
    const env = { CWII_OWNER_KINDS: 'argoproj.io/v1alpha1/rollouts=Rollout' };

    expect(kindOf(applied('argoproj.io/rollouts', workloadOf()), env)).toBe('Rollout');
  });

  it.each(['DELETE', 'CONNECT', ''])('to %s is not', (operation) => {
    expect(
      kindOf(applied('apps/deployments', null, (request) => Object.assign(request, { operation }))),
    ).toBeUndefined();
  });

  it.each(['status', 'scale', 'finalize', 'token'])('about the part %s is not', (subResource) => {
    expect(
      kindOf(applied('apps/deployments', workloadOf(), (request) => Object.assign(request, { subResource }))),
    ).toBeUndefined();
  });
});

describe('an update of a workload', () => {
  const old = () => workloadOf(templateOf(role), { 'cwii.dev/aws-region': 'us-east-1' });

  it.each<{ what: string; change: (object: Applied) => void }>([
    { what: 'its status', change: (object) => Object.assign(object, { status: { readyReplicas: 3 } }) },
    { what: 'its scale', change: ({ spec }) => Object.assign(spec ?? {}, { replicas: 5 }) },
    { what: 'its labels', change: ({ metadata }) => Object.assign(metadata, { labels: { team: 'blue' } }) },
    { what: 'its generation', change: ({ metadata }) => Object.assign(metadata, { generation: 2, managedFields: [] }) },
    { what: 'its strategy', change: ({ spec }) => Object.assign(spec ?? {}, { strategy: {}, paused: true }) },
    {
      what: 'another’s annotations',
      change: ({ metadata }) =>
        Object.assign(metadata['annotations'] as object, { 'deployment.kubernetes.io/revision': '2' }),
    },
  ])('that changes $what costs no read and says nothing', async ({ change }) => {
    const after = old();
    change(after);

    expect(await adviceOn(updated('apps/deployments', old(), after))).toEqual({ findings: [], reads: 0 });
    expect(cluster.reads).toEqual([]);
  });

  it.each<{ what: string; change: (object: Applied) => void }>([
    { what: 'cwii’s annotations', change: ({ metadata }) => Object.assign(metadata, { annotations: {} }) },
    {
      what: 'another product’s annotations that can stand for cwii’s',
      change: ({ metadata }) =>
        Object.assign(metadata['annotations'] as object, { 'eks.amazonaws.com/skip-containers': 'x' }),
    },
    { what: 'the template', change: ({ spec }) => Object.assign(spec ?? {}, { template: templateOf() }) },
    {
      what: 'the ServiceAccount',
      change: ({ spec }) => Object.assign(spec ?? {}, { template: templateOf(role, { serviceAccountName: 'api' }) }),
    },
  ])('that changes $what is advised on', async ({ change }) => {
    const after = old();
    change(after);

    expect(await adviceOn(updated('apps/deployments', old(), after))).toMatchObject({ reads: 2 });
  });

  it('of a CronJob is advised on where the template of its Jobs changes, and not where its schedule does', async () => {
    const cronJob = cronJobOf(templateOf());
    const rescheduled = { ...cronJob, spec: { ...cronJob.spec, schedule: '@hourly' } };

    expect(await adviceOn(updated('batch/cronjobs', cronJob, rescheduled))).toMatchObject({ reads: 0 });
    expect(await adviceOn(updated('batch/cronjobs', cronJob, cronJobOf(templateOf(role))))).toMatchObject({
      summary: expect.stringContaining('aws'),
    });
    expect(await adviceOn(updated('batch/cronjobs', cronJob, cronJobOf(templateOf(), {}, role)))).toMatchObject({
      summary: expect.stringContaining('aws'),
    });
  });
});

describe('what a controller makes', () => {
  it.each(['apps/replicasets', 'batch/jobs'])('is its owner’s to be told of: %s', async (resource) => {
    const made = workloadOf(templateOf({ 'cwii.dev/aws-role-arn': 'web' }));
    made.metadata['ownerReferences'] = [{ apiVersion: 'x/v1', kind: 'X', name: 'x', uid: '1', controller: true }];

    expect(await adviceOn(applied(resource, made))).toEqual({ findings: [], reads: 0 });
    expect(cluster.reads).toEqual([]);
  });

  it('is not what merely has an owner', async () => {
    const owned = workloadOf(templateOf(role));
    owned.metadata['ownerReferences'] = [{ apiVersion: 'x/v1', kind: 'X', name: 'x', uid: '1' }];

    expect((await adviceOn(applied('batch/jobs', owned))).summary).toContain('aws');
  });
});

describe.each([
  { resource: '/serviceaccounts', name: 'web', object: 'ServiceAccount shop/web', scope: 'serviceaccount' },
  { resource: '/namespaces', name: 'shop', object: 'Namespace shop', scope: 'namespace' },
])('the annotations of $object', ({ resource, name, object, scope }) => {
  const codesOf = async (annotations: Record<string, string>, env: Record<string, string> = {}) => {
    const { findings, summary, reads } = await adviceOn(applied(resource, scopeObject(name, annotations)), env);
    expect({ summary, reads, asked: cluster.reads }).toEqual({ summary: undefined, reads: 0, asked: [] });
    expect(findings.filter((finding) => finding.object !== object || finding.scope !== scope)).toEqual([]);
    return findings.map(({ code }) => code);
  };

  it.each<[Record<string, string>, string]>([
    [{ 'cwii.dev/aws-regoin': 'us-east-1' }, 'annotation-unknown'],
    [{ 'cwii.dev/aws-verify': 'yes' }, 'boolean-unreadable'],
    [{ 'cwii.dev/aws-role-arn': 'web' }, 'aws-role-arn-invalid'],
    [{ ...role, 'cwii.dev/aws-region': 'nowhere' }, 'aws-region-invalid'],
    [{ ...role, 'cwii.dev/aws-token-expiration': '10' }, 'token-expiration-raised'],
    [{ ...role, 'cwii.dev/aws-audience': 'kubernetes' }, 'audience-of-api-server'],
    [{ ...role, 'cwii.dev/aws-verify': 'true', 'cwii.dev/aws-verify-image': 'A' }, 'verify-image-invalid'],
  ])('are told of where they are wrong by themselves: %j', async (annotations, code) => {
    expect(await codesOf(annotations)).toEqual([code]);
  });

  it.each<Record<string, string>>([
    {},
    role,
    { 'cwii.dev/aws-inject': 'true' },
    { 'cwii.dev/az-client-id': '11111111-2222-3333-4444-555555555555' },
    { 'cwii.dev/az-inject': 'true', 'cwii.dev/gcp-inject': 'true' },
    { 'cwii.dev/gcp-service-account': 'a@b.iam.gserviceaccount.com' },
    { ...role, 'cwii.dev/aws-verify-enforce': 'true' },
    { ...role, 'cwii.dev/skip-containers': 'istio-proxy', 'cwii.dev/include-containers': 'app' },
    { ...role, 'cwii.dev/aws-role-session-name': '$(pod.name)' },
    { 'cwii.dev/aws-inject': 'false', 'cwii.dev/aws-role-arn': 'web' },
    { 'eks.amazonaws.com/role-arn': 'web' },
  ])('are no false alarm where a narrower scope can complete them: %j', async (annotations) => {
    expect(await codesOf(annotations)).toEqual([]);
  });

  it('are told of where a guard rail refuses them, in the namespace that they are for', async () => {
    const env = { CWII_ALLOWED_ROLE_ARNS: 'arn:aws:iam::123456789012:role/${namespace}' };

    expect(await codesOf(role, env)).toEqual(['not-allowed']);
    expect(await codesOf({ 'cwii.dev/aws-role-arn': 'arn:aws:iam::123456789012:role/shop' }, env)).toEqual([]);
  });

  it('are told of where the API server’s tokens show that an audience is its own', async () => {
    cluster.apiAudiences = ['https://issuer.example.com'];

    expect(await codesOf({ ...role, 'cwii.dev/aws-audience': 'https://issuer.example.com' })).toEqual([
      'audience-of-api-server',
    ]);
  });

  it('are told of by the name of the request where the object has none', async () => {
    const review = applied(resource, { metadata: { annotations: { 'cwii.dev/aws-role-arn': 'web' } } }, (request) => {
      request.name = name;
    });

    expect((await adviceOn(review)).findings).toMatchObject([{ code: 'aws-role-arn-invalid', object }]);
  });

  it('in other products’ words are told of where those are honoured, if they count on it', async () => {
    const found = await codesOf({ 'eks.amazonaws.com/role-arn': 'web' }, { CWII_NATIVE_ANNOTATIONS: 'true' });

    expect(found).toEqual(scope === 'serviceaccount' ? ['aws-role-arn-invalid'] : []);
  });

  it('that did not change are not told of again', async () => {
    const wrong = scopeObject(name, { 'cwii.dev/aws-role-arn': 'web' });
    const labelled = { ...wrong, metadata: { ...wrong.metadata, labels: { team: 'blue' } }, secrets: [{ name: 'x' }] };

    expect((await adviceOn(updated(resource, wrong, labelled))).findings).toEqual([]);
    expect((await adviceOn(updated(resource, scopeObject(name, {}), wrong))).findings).toHaveLength(1);
  });
});
