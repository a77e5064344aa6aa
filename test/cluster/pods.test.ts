// Pods of all shapes: what an identity adds to each of them, and what it must not change.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pod, roleAnnotation, roleArn } from './manifests.ts';
import { startSidecarInjector } from './sidecar-injector.ts';
import { containerOf, envOf, roleOf, type StoredPod, tokenDirectory, volumeAt } from './stored-pod.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';
import type { WebhookUnderTest } from './webhook-under-test.ts';

const status = 'cwii.dev/injected';

describe('a pod', () => {
  let cluster: TestCluster;
  let webhook: WebhookUnderTest;
  beforeAll(async () => {
    cluster = await startTestCluster();
    webhook = await cluster.addWebhook();
    await cluster.addNamespace('pods');
    await cluster.addNamespace('unseen', { calledBy: [] });
  });
  afterAll(() => cluster?.stop());

  it('gets its identity in init containers, native sidecars and containers', async () => {
    const stored = await cluster.create(
      pod('pods', 'many', {
        annotations: roleAnnotation('many'),
        initContainers: [
          { name: 'fetch', image: 'app' },
          { name: 'proxy', image: 'app', restartPolicy: 'Always' },
        ],
        containers: [
          { name: 'app', image: 'app', env: [{ name: 'MODE', value: 'fast' }] },
          { name: 'worker', image: 'app', volumeMounts: [{ name: 'work', mountPath: '/work' }] },
        ],
        volumes: [{ name: 'work', emptyDir: {} }],
      }),
    );
    for (const name of ['fetch', 'proxy', 'app', 'worker']) expect(roleOf(stored, name)).toBe(roleArn('many'));
    expect(envOf(stored)['MODE']).toBe('fast');
    expect(volumeAt(stored, '/work', 'worker')?.name).toBe('work');
  });

  it('gets its identity, but no API token, if automountServiceAccountToken is false', async () => {
    const stored = await cluster.create(
      pod('pods', 'no-automount', { annotations: roleAnnotation('no-automount'), automountServiceAccountToken: false }),
    );
    expect(roleOf(stored)).toBe(roleArn('no-automount'));
    expect(stored.spec.volumes?.map(({ name }) => name)).toEqual(['cwii-aws-token']);
  });

  it('keeps every field that the function does not know', async () => {
    const rarelyUsedFields = rarelyUsedFieldsOf(await cluster.api<{ minor: string }>('GET', '/version'));
    const options = { automountServiceAccountToken: false, ...rarelyUsedFields };
    const untouched = await cluster.create(pod('unseen', 'rare', options));
    const stored = await cluster.create(pod('pods', 'rare', { annotations: roleAnnotation('rare'), ...options }));

    expect(roleOf(stored)).toBe(roleArn('rare'));
    expect(withoutIdentity(stored).spec).toEqual(untouched.spec);
    // The API server must know the fields, or it would drop them and the comparison would show nothing.
    expect(untouched.spec).toMatchObject(rarelyUsedFields);
  });

  it('keeps the identity that a container already has, and kubectl warns', async () => {
    const env = [
      { name: 'AWS_ROLE_ARN', value: roleArn('own') },
      { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/own/token' },
    ];
    const containers = [
      { name: 'app', image: 'app', env },
      { name: 'other', image: 'app' },
    ];
    const manifest = pod('pods', 'own', { annotations: roleAnnotation('ours'), containers });
    const created = await cluster.kubectlCreate(manifest);
    const stored = created.stored();

    expect(containerOf(stored).env).toEqual(env);
    expect(volumeAt(stored, tokenDirectory)).toBeUndefined();
    expect(roleOf(stored, 'other')).toBe(roleArn('ours'));
    expect(created.stderr).toContain('Warning: AWS_ROLE_ARN on Pod pods/own: container app sets it');
  });

  it('gets the token for the role that a container names, and keeps that role when it is created again', async () => {
    const containers = [
      { name: 'app', image: 'app' },
      { name: 'envoy', image: 'app', env: [{ name: 'AWS_ROLE_ARN', value: roleArn('envoy') }] },
    ];
    const first = await cluster.create(pod('pods', 'roles', { annotations: roleAnnotation('roles'), containers }));
    const { annotations } = first.metadata;
    const changed = { ...annotations, ...roleAnnotation('new'), 'cwii.dev/aws-token-expiration': '7200' };

    const again = await cluster.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'roles-again', namespace: 'pods', annotations: changed },
      spec: first.spec,
    });

    expect([roleOf(first), roleOf(first, 'envoy')]).toEqual([roleArn('roles'), roleArn('envoy')]);
    expect([roleOf(again), roleOf(again, 'envoy')]).toEqual([roleArn('new'), roleArn('envoy')]);
    const token = volumeAt(again, tokenDirectory)?.projected?.sources[0]?.serviceAccountToken;
    expect(token).toMatchObject({ audience: 'sts.amazonaws.com', expirationSeconds: 7200 });
  });

  it('gets its identity in a container that a later webhook adds, and nothing twice', async () => {
    const injector = await startSidecarInjector(cluster.certificate, 'mesh');
    try {
      await cluster.register({ name: 'mesh', webhook: injector });
      await cluster.addNamespace('meshed', { calledBy: ['cwii', 'mesh'] });
      const manifest = pod('meshed', 'app', {
        annotations: { ...roleAnnotation('app'), 'cwii.dev/aws-region': 'eu-central-1', 'cwii.dev/aws-verify': 'true' },
      });
      const created = await cluster.kubectlCreate(manifest);
      expect(created).toMatchObject({ code: 0, stderr: '' });
      const stored = created.stored();
      expect(await webhook.logged('meshed')).toHaveLength(2);
      expect(roleOf(stored, 'mesh')).toBe(roleArn('app'));
      expect(roleOf(stored)).toBe(roleArn('app'));
      expect(containerOf(stored).env).toHaveLength(3);
      expect(stored.spec.initContainers?.map(({ name }) => name)).toEqual(['cwii-aws-verify']);
      expect(stored.spec.volumes?.filter(({ name }) => name === 'cwii-aws-token')).toHaveLength(1);
    } finally {
      await cluster.api('DELETE', '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/mesh');
      injector.stop();
    }
  });

  it('gets an empty status annotation if it has one but gets no identity', async () => {
    const stored = await cluster.create(pod('pods', 'forged-status', { annotations: { [status]: 'aws' } }));
    expect(roleOf(stored)).toBeUndefined();
    expect(stored.metadata.annotations).toEqual({ [status]: '' });
  });

  it('of the kubelet (a mirror pod) is stored unchanged', async () => {
    const annotations = { ...roleAnnotation('mirror'), 'kubernetes.io/config.mirror': 'a1b2c3' };
    await cluster.addNamespace('mirror');
    const stored = await cluster.create(pod('mirror', 'etcd-node-1', { annotations, nodeName: 'node-1' }));

    expect(roleOf(stored)).toBeUndefined();
    expect(stored.spec.volumes).toBeUndefined();
    expect(stored.metadata.annotations).toEqual(annotations);
    expect((await webhook.logged('mirror'))[0]).toMatchObject({ outcome: 'skipped', code: 'mirror-pod' });
  });

  it('that asks for nothing is stored unchanged, without a status annotation', async () => {
    const untouched = await cluster.create(pod('unseen', 'nobody-asked', { automountServiceAccountToken: false }));
    const stored = await cluster.create(pod('pods', 'nobody-asked', { automountServiceAccountToken: false }));

    expect(stored.spec).toEqual(untouched.spec);
    expect(stored.metadata.annotations).toBeUndefined();
  });
});

/** @param version the API server's own version, because it drops the fields of features that are off. */
const rarelyUsedFieldsOf = (version: { readonly minor: string }) => ({
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'topology.kubernetes.io/zone',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: { app: 'rare' } },
      matchLabelKeys: ['pod-template-hash'],
    },
  ],
  resourceClaims: [{ name: 'gpu', resourceClaimTemplateName: 'one-gpu' }],
  resources: { limits: { cpu: '2' }, requests: { cpu: '1' } },
  schedulingGates: [{ name: 'example.com/quota' }],
  readinessGates: [{ conditionType: 'example.com/registered' }],
  hostAliases: [{ ip: '10.1.2.3', hostnames: ['legacy.example'] }],
  setHostnameAsFQDN: false,
  os: { name: 'linux' },
  volumes: [{ name: 'weights', ...(Number.parseInt(version.minor, 10) >= 35 ? imageVolume : claimedVolume) }],
  containers: [
    {
      name: 'app',
      image: 'registry.example/app',
      resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }],
      resources: { claims: [{ name: 'gpu' }] },
      lifecycle: { postStart: { sleep: { seconds: 1 } } },
      startupProbe: { grpc: { port: 9000, service: 'ready' } },
      volumeMounts: [{ name: 'weights', mountPath: '/weights', readOnly: true, recursiveReadOnly: 'IfPossible' }],
    },
  ],
});

/** On by default from Kubernetes 1.35. */
const imageVolume = { image: { reference: 'registry.example/weights:1', pullPolicy: 'IfNotPresent' } };
const claimedVolume = {
  ephemeral: {
    volumeClaimTemplate: {
      spec: { accessModes: ['ReadOnlyMany'], resources: { requests: { storage: '1Gi' } } },
    },
  },
};

/** The pod without the fields that the function added. */
function withoutIdentity(pod: StoredPod): StoredPod {
  const { volumes = [], containers } = pod.spec;
  return {
    ...pod,
    spec: {
      ...pod.spec,
      volumes: volumes.filter(({ name }) => name !== 'cwii-aws-token'),
      containers: containers.map(({ env: _, volumeMounts = [], ...container }) => ({
        ...container,
        volumeMounts: volumeMounts.filter(({ name }) => name !== 'cwii-aws-token'),
      })),
    },
  };
}
