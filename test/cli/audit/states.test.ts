// The state of a workload in `cwii audit`, and the reason for it.

import { describe, expect, it } from 'vitest';
import { auditSchema } from '../../../cli/audit/report.ts';
import type { Manifest } from '../../../cli/preview/manifest-reader.ts';
import { cwii } from '../command.ts';
import { admitted, asks, deployment, namespace, pod, role, serviceAccount, textOf, webhook } from './objects.ts';

const checkout = serviceAccount('checkout', { annotations: asks('checkout') });

const audit = async (objects: readonly Manifest[], args: readonly string[] = [], env = {}) => {
  const options = { stdin: textOf(objects), env };
  const { stdout, stderr, status } = await cwii(['audit', '-f', '-', '-o', 'json', ...args], options);
  expect(stderr).toBe('');
  expect([0, 1]).toContain(status);
  return auditSchema.parse(JSON.parse(stdout));
};

/** The only workload, in short. */
const auditOne = async (objects: readonly Manifest[], env = {}) => {
  const { workloads } = await audit(objects, [], env);
  expect(workloads).toHaveLength(1);
  const [{ state, reasons, restart, pods, identities } = expect.fail()] = workloads;
  return { state, reasons: reasons.map(({ code, cause }) => `${code}: ${cause}`), restart, pods, identities };
};

describe('a workload that has its identity', () => {
  it('is ok, with the values that its pods have', async () => {
    const cluster = [namespace(), checkout, ...deployment()];
    const running = await admitted(pod('one'), cluster);
    const found = await auditOne([...cluster, running]);

    expect(found).toMatchObject({ state: 'ok', reasons: [], restart: undefined });
    expect(found.pods[0]?.identities).toEqual([
      {
        cloud: 'AWS',
        name: role('checkout'),
        account: '123456789012',
        containers: ['app'],
        values: { role: role('checkout'), region: 'eu-central-1', audience: 'sts.amazonaws.com', lifetime: '3600 s' },
      },
    ]);
  });

  it('is ok as its target role, except for a container with a role of its own', async () => {
    const target = { ...asks('checkout'), 'cwii.dev/aws-target-role-arn': 'arn:aws:iam::210987654321:role/data' };
    const containers = [
      { name: 'app', image: 'app' },
      { name: 'proxy', image: 'proxy', env: [{ name: 'AWS_ROLE_ARN', value: role('proxy') }] },
    ];
    const cluster = [namespace(), serviceAccount('checkout', { annotations: target }), ...deployment({ containers })];
    const found = await auditOne([...cluster, await admitted(pod('one', { containers }), cluster)]);

    expect(found).toMatchObject({ state: 'ok', restart: undefined });
    const token = { region: 'eu-central-1', audience: 'sts.amazonaws.com', lifetime: '3600 s' };
    expect(found.pods[0]?.identities).toEqual([
      {
        cloud: 'AWS',
        name: 'arn:aws:iam::210987654321:role/data',
        account: '210987654321',
        containers: ['app'],
        values: { ...token, role: role('checkout'), 'target role': 'arn:aws:iam::210987654321:role/data' },
      },
      {
        cloud: 'AWS',
        name: role('proxy'),
        account: '123456789012',
        containers: ['proxy'],
        values: { ...token, role: role('proxy') },
      },
    ]);
  });

  it('has another identity after a target role was requested', async () => {
    const before = [namespace(), checkout, ...deployment()];
    const running = await admitted(pod('one'), before);
    const target = { ...asks('checkout'), 'cwii.dev/aws-target-role-arn': 'arn:aws:iam::210987654321:role/data' };
    const now = [namespace(), serviceAccount('checkout', { annotations: target }), ...deployment()];
    const found = await auditOne([...now, running]);

    expect(found.state).toBe('stale');
    expect(found.reasons.join()).toContain('210987654321:role/data');
  });

  it('is broken if static keys win', async () => {
    const keys = { containers: [{ name: 'app', image: 'app', env: [{ name: 'AWS_ACCESS_KEY_ID', value: 'AKIA' }] }] };
    const cluster = [namespace(), checkout, ...deployment(keys)];
    const found = await auditOne([...cluster, await admitted(pod('one', keys), cluster)]);

    expect(found.state).toBe('broken');
    expect(found.reasons).toEqual([
      expect.stringContaining('aws-static-keys: AWS_ACCESS_KEY_ID on the pod: container app sets static keys'),
    ]);
  });

  it('is broken if it is a copy that lost the annotation with its credentials', async () => {
    const gcp = {
      'cwii.dev/gcp-service-account': 'app@project.iam.gserviceaccount.com',
      'cwii.dev/gcp-audience': '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k',
      'cwii.dev/gcp-project': 'project',
    };
    const cluster = [namespace(), serviceAccount('checkout', { annotations: gcp })];
    const { metadata, ...running } = await admitted(pod('one'), cluster);
    const { annotations: _, ownerReferences: __, ...copied } = metadata;
    const found = await auditOne([namespace(), serviceAccount('checkout'), { ...running, metadata: copied }]);

    expect(found.state).toBe('stale');
    expect(found.reasons).toEqual(['no-longer-asked: it has an identity of GCP that nothing requests any more']);
  });
});

describe('a workload that lacks its identity', () => {
  const cases = [
    {
      title: 'is older than the annotation',
      written: 10,
      registered: 1,
      labelled: 1,
      created: 5,
      reason:
        'older-than-annotation: older than cwii.dev/aws-role-arn on ServiceAccount shop/checkout, set 2026-11-01T10:00:00Z',
    },
    {
      title: 'is older than the webhook',
      written: 1,
      registered: 10,
      labelled: 1,
      created: 5,
      reason: 'older-than-webhook: older than the webhook configuration, 2026-11-01T10:00:00Z',
    },
    {
      title: 'is older than the label',
      written: 1,
      registered: 1,
      labelled: 10,
      created: 5,
      reason: 'older-than-label: older than the label of the namespace, set 2026-11-01T10:00:00Z',
    },
    {
      title: 'was created while the webhook was away',
      written: 1,
      registered: 1,
      labelled: 1,
      created: 5,
      reason:
        'webhook-away: newer than cwii.dev/aws-role-arn on ServiceAccount shop/checkout, but without it: the API server did not reach the webhook',
    },
  ];
  it.each(cases)('$title', async ({ written, registered, labelled, created, reason }) => {
    const found = await auditOne([
      namespace({ labels: { 'cwii.dev/inject': 'enabled' }, written: labelled }),
      serviceAccount('checkout', { annotations: asks('checkout'), written }),
      webhook(registered),
      ...deployment(),
      pod('one', { created }),
    ]);

    expect(found).toMatchObject({ state: 'lacking', reasons: [reason] });
    expect(found.restart).toBe('kubectl rollout restart deployment/checkout -n shop');
  });

  it('says that the times are not known', async () => {
    const found = await auditOne([namespace(), checkout, ...deployment(), pod('one')]);

    expect(found.reasons).toEqual([
      'not-admitted: without what cwii.dev/aws-role-arn on ServiceAccount shop/checkout requests: probably older than it',
    ]);
  });

  it.each([
    [undefined, 'label cwii.dev/inject is absent (must be "enabled")'],
    ['true', 'label cwii.dev/inject is "true" (must be "enabled")'],
  ])('is in a namespace whose label is %s', async (value, words) => {
    const labels = value === undefined ? {} : { 'cwii.dev/inject': value };
    const cluster = [namespace({ labels }), checkout, webhook(1), ...deployment()];
    const found = await auditOne([...cluster, pod('one', { created: 5 })]);

    expect(found.reasons).toEqual([`namespace-not-sent: Namespace shop is not sent to cwii: ${words}`]);
    // A new pod would not get it either.
    expect(found.restart).toBeUndefined();
    const withIdentity = await auditOne([...cluster, await admitted(pod('one'), cluster)]);
    expect(withIdentity).toMatchObject({ state: 'lacking', pods: [{ state: 'ok' }] });
  });

  it('is from an old ReplicaSet with another template', async () => {
    const cluster = [namespace(), serviceAccount('checkout'), ...deployment({ annotations: asks('checkout') })];
    const found = await auditOne([...cluster, pod('one', {}, 'checkout-1')]);

    expect(found).toMatchObject({
      state: 'lacking',
      reasons: ['other-template: the pod of ReplicaSet checkout-1 has other annotations than the pod template now'],
      pods: [{ oldReplicaSet: 'checkout-1', names: ['one'] }],
      restart: undefined,
    });
  });

  it('is from an old ReplicaSet, whose rollout has begun: another restart is not the remedy', async () => {
    const cluster = [namespace(), checkout, ...deployment()];
    const found = await auditOne([...cluster, await admitted(pod('two'), cluster), pod('one', {}, 'checkout-1')]);

    expect(found).toMatchObject({ state: 'lacking', restart: undefined });
    const old = found.pods.find(({ oldReplicaSet }) => oldReplicaSet === 'checkout-1');
    expect(old?.reasons.map(({ code, remedy }) => [code, remedy])).toEqual([
      ['not-admitted', 'wait for the rollout: kubectl rollout status deployment/checkout -n shop'],
    ]);
  });

  it('has further pods without it, which are of the newest ReplicaSet', async () => {
    const found = await auditOne([namespace(), checkout, ...deployment(), pod('one', {}, 'checkout-1'), pod('two')]);

    expect(found.restart).toBe('kubectl rollout restart deployment/checkout -n shop');
  });

  it('runs as another ServiceAccount than the template says now', async () => {
    const cluster = [namespace(), checkout, serviceAccount('default'), ...deployment()];
    const found = await auditOne([...cluster, pod('one', { serviceAccountName: 'default' }, 'checkout-1')]);

    expect(found.reasons).toEqual([
      'other-service-account: the pod of ReplicaSet checkout-1 runs as ServiceAccount default, which the pod template does not name now',
    ]);
  });

  it('lacks it in one container, which another webhook added', async () => {
    const cluster = [namespace(), checkout, ...deployment()];
    const running = await admitted(pod('one'), cluster);
    const spec = running['spec'] as { containers: object[] };
    spec.containers.push({ name: 'mesh', image: 'mesh' });
    const found = await auditOne([...cluster, running]);

    expect(found.reasons).toEqual(['container-without: container mesh does not have it, and others of the pod do']);
  });
});

describe('a stale workload', () => {
  it('has another role than the annotation says now', async () => {
    const before = [namespace(), checkout, ...deployment()];
    const now = serviceAccount('checkout', {
      annotations: { ...asks('checkout-new'), 'cwii.dev/aws-audience': 'new' },
    });
    const running = await admitted(pod('one'), before);
    const found = await auditOne([namespace(), now, ...deployment(), running, await admitted(pod('two'), [now])]);

    expect(found).toMatchObject({
      state: 'stale',
      reasons: [
        `differs: AWS: role ${role('checkout')}, now ${role('checkout-new')}; audience sts.amazonaws.com, now new`,
      ],
      restart: 'kubectl rollout restart deployment/checkout -n shop',
    });
    expect(found.pods.map(({ state, names }) => ({ state, names }))).toEqual([
      { state: 'stale', names: ['one'] },
      { state: 'ok', names: ['two'] },
    ]);
  });

  it('has a tenant and a lifetime that differ', async () => {
    const ids = [
      '11111111-2222-3333-4444-555555555555',
      '99999999-8888-7777-6666-555555555555',
      '00000000-8888-7777-6666-555555555555',
    ];
    const azure = (tenant: string, seconds: string) => ({
      'cwii.dev/az-client-id': ids[0] ?? '',
      'cwii.dev/az-tenant-id': tenant,
      'cwii.dev/az-token-expiration': seconds,
    });
    const running = await admitted(pod('one'), [
      serviceAccount('checkout', { annotations: azure(ids[1] ?? '', '3600') }),
    ]);
    const now = serviceAccount('checkout', { annotations: azure(ids[2] ?? '', '7200') });
    const found = await auditOne([namespace(), now, ...deployment(), running]);

    expect(found.reasons).toEqual([`differs: Azure: tenant ${ids[1]}, now ${ids[2]}; lifetime 3600 s, now 7200 s`]);
  });

  it.each([
    [{}, 'it has an identity of AWS that nothing requests any more'],
    [
      { ...asks('checkout'), 'cwii.dev/aws-inject': 'false' },
      'it has an identity of AWS, which cwii.dev/aws-inject on ServiceAccount shop/checkout disables',
    ],
  ])('has an identity that nothing requests: %j', async (annotations, cause) => {
    const running = await admitted(pod('one'), [checkout]);
    const found = await auditOne([namespace(), serviceAccount('checkout', { annotations }), ...deployment(), running]);

    expect(found).toMatchObject({ state: 'stale', reasons: [`no-longer-asked: ${cause}`] });
  });
});

describe('a workload without an identity', () => {
  const without = (annotations: Readonly<Record<string, string>>, template = {}) => [
    namespace(),
    serviceAccount('checkout', { annotations }),
    ...deployment(template),
    pod('one', template),
  ];

  it('asks in vain with a role that is not an ARN', async () => {
    const found = await auditOne(without({ 'cwii.dev/aws-role-arn': 'bad' }));

    expect(found.state).toBe('in-vain');
    expect(found.reasons).toEqual([
      'aws-role-arn-invalid: cwii.dev/aws-role-arn "bad" on ServiceAccount shop/checkout: not the ARN of an IAM role, so nothing is injected for AWS',
    ]);
  });

  it('asks in vain if its pods are denied, although none runs', async () => {
    const [own, ...replicaSets] = deployment({ annotations: { 'cwii.dev/aws-role-arn': 'bad' } });
    const found = await auditOne([namespace(), serviceAccount('checkout'), own ?? expect.fail(), ...replicaSets]);

    expect(found).toMatchObject({ state: 'in-vain', pods: [] });
  });

  it('asks in vain with a misspelt key', async () => {
    expect((await auditOne(without({ 'cwii.dev/aws-rol-arn': role('x') }))).reasons).toEqual([
      expect.stringContaining('did you mean cwii.dev/aws-role-arn?'),
    ]);
  });

  it('asks in vain with the annotation of another product, unless that is read', async () => {
    const objects = without({ 'eks.amazonaws.com/role-arn': role('x') });

    expect((await auditOne(objects)).reasons).toEqual([
      'annotation-not-read: eks.amazonaws.com/role-arn on ServiceAccount shop/checkout is not read, because CWII_NATIVE_ANNOTATIONS is false',
    ]);
    expect((await auditOne(objects, { CWII_NATIVE_ANNOTATIONS: 'true' })).state).toBe('lacking');
  });

  it('has an identity of its own', async () => {
    const env = [
      { name: 'AWS_ROLE_ARN', value: role('other') },
      { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/own/token' },
    ];
    const own = { containers: [{ name: 'app', image: 'app', env }] };

    expect((await auditOne(without({}, own))).state).toBe('own');
    expect((await auditOne(without(asks('checkout'), own))).state).toBe('own');
  });

  it('has opted out', async () => {
    expect((await auditOne(without({ ...asks('checkout'), 'cwii.dev/aws-inject': 'false' }))).state).toBe('opted-out');
    expect(await auditOne(without({ ...asks('checkout'), 'cwii.dev/skip-containers': 'app' }))).toMatchObject({
      state: 'opted-out',
      reasons: [expect.stringContaining('containers-excluded')],
    });
  });

  it('does not ask', async () => {
    expect(await auditOne(without({}))).toMatchObject({ state: 'not-asking', reasons: [], restart: undefined });
  });

  it('is broken if a mount is in the way', async () => {
    const mount = { name: 'data', mountPath: '/var/run/secrets/cwii.dev/aws' };
    const taken = {
      containers: [{ name: 'app', image: 'app', volumeMounts: [mount] }],
      volumes: [{ name: 'data', emptyDir: {} }],
    };

    expect(await auditOne(without(asks('checkout'), taken))).toMatchObject({
      state: 'broken',
      reasons: [expect.stringContaining('mount-path-taken: /var/run/secrets/cwii.dev/aws on the pod')],
    });
  });
});

describe('pods', () => {
  it('that have ended or are being deleted do not count', async () => {
    const { status: _, ...gone } = pod('gone');
    const ending = {
      ...pod('ending'),
      metadata: { ...pod('ending').metadata, deletionTimestamp: '2026-11-01T00:00:00Z' },
    };
    const objects = [namespace(), serviceAccount('checkout'), ...deployment()];
    const ended = { ...gone, status: { phase: 'Succeeded' } };

    expect((await auditOne([...objects, ended, ending])).pods).toEqual([]);
  });
});

describe('the roles by use', () => {
  it('name who can become a role, and who shares the ServiceAccount', async () => {
    const cluster = [namespace(), checkout, ...deployment()];
    const job: Manifest = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'migrate', namespace: 'shop' },
      spec: {
        template: {
          metadata: { annotations: { 'cwii.dev/aws-inject': 'false' } },
          spec: { serviceAccountName: 'checkout', containers: [] },
        },
      },
    };
    const { identities } = await audit([...cluster, job, await admitted(pod('one'), cluster)]);

    expect(identities).toEqual([
      {
        cloud: 'AWS',
        name: role('checkout'),
        account: '123456789012',
        serviceAccounts: ['shop/checkout'],
        workloads: ['shop/Deployment/checkout'],
        sameServiceAccount: ['shop/Job/migrate'],
      },
    ]);
  });

  it('name a ServiceAccount with a role that no workload runs as', async () => {
    const other = serviceAccount('other', { annotations: asks('other') });
    const { unusedServiceAccounts } = await audit([namespace(), serviceAccount('checkout'), other, ...deployment()]);

    expect(unusedServiceAccounts).toEqual([
      { object: 'ServiceAccount shop/other', cloud: 'AWS', value: role('other') },
    ]);
  });
});
