// Pods that ask for all three clouds, also under Pod Security "restricted" and on a second admission.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Annotations, pod, serviceAccount, workload } from './manifests.ts';
import { startSidecarInjector } from './sidecar-injector.ts';
import { apiTokenDirectory, asNew, containerOf, envOf, type StoredPod, volumeAt } from './stored-pod.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';
import {
  claimsOf,
  gcpCredentials,
  gcpProvider,
  ownMounts,
  restrictedContainer,
  restrictedPod,
  threeClouds,
  threeIdentities,
  threeMounts,
  threeVerifiers,
  tokenSources,
} from './three-clouds.ts';
import type { WebhookUnderTest } from './webhook-under-test.ts';

const withWriter: Annotations = { ...threeClouds, 'cwii.dev/gcp-delivery': 'init-container' };
const ownContainers = ['cwii-gcp-creds-writer', 'cwii-aws-verify', 'cwii-az-verify', 'cwii-gcp-verify'] as const;

let cluster: TestCluster;
let webhook: WebhookUnderTest;
beforeAll(async () => {
  cluster = await startTestCluster();
  webhook = await cluster.addWebhook();
});
afterAll(() => cluster?.stop());

describe('three clouds in one Deployment', () => {
  let stored: StoredPod;
  beforeAll(async () => {
    await cluster.addNamespace('three');
    await cluster.create(serviceAccount('three', 'my-app'));
    const options = { annotations: threeClouds, pod: { serviceAccountName: 'my-app' } };
    await cluster.create(workload('Deployment', 'three', 'web', options));
    stored = await cluster.podIn('three');
  });

  it('give its pod one volume per token and one for the credentials file', () => {
    const apiToken = volumeAt(stored, apiTokenDirectory);
    const token = (name: string, audience: string) => ({
      name,
      projected: {
        defaultMode: 0o644,
        sources: [{ serviceAccountToken: { path: 'token', audience, expirationSeconds: 3600 } }],
      },
    });
    const fieldRef = { apiVersion: 'v1', fieldPath: "metadata.annotations['cwii.dev/gcp-credentials']" };

    expect(stored.spec.volumes?.filter((volume) => volume !== apiToken)).toEqual([
      token('cwii-aws-token', 'sts.amazonaws.com'),
      token('cwii-az-token', 'api://AzureADTokenExchange'),
      token('cwii-gcp-token', `https:${gcpProvider}`),
      {
        name: 'cwii-gcp-creds',
        downwardAPI: { defaultMode: 0o644, items: [{ path: 'credentials.json', fieldRef }] },
      },
    ]);
  });

  it('give its container the variables and mounts of each cloud, and add no container', () => {
    expect(envOf(stored)).toEqual(threeIdentities);
    expect(ownMounts(stored)).toEqual(threeMounts);
    expect(stored.spec.initContainers).toBeUndefined();
    expect(stored.spec.containers).toHaveLength(1);
  });

  it('are recorded in annotations, with the credentials file that the volume projects', () => {
    const { 'cwii.dev/gcp-credentials': credentials, ...others } = stored.metadata.annotations ?? {};
    expect(others).toEqual({ 'cwii.dev/injected': 'aws,az,gcp' });
    expect(JSON.parse(credentials ?? '')).toEqual(gcpCredentials);
  });

  it('each get a token with the audience of its volume from the API server', async () => {
    const sources = Object.values(tokenSources(stored));
    expect(sources.map(({ audience }) => audience)).toEqual([
      'sts.amazonaws.com',
      'api://AzureADTokenExchange',
      `https:${gcpProvider}`,
    ]);
    for (const { audience = '', expirationSeconds } of sources) {
      const asked = { audiences: [audience], seconds: expirationSeconds };
      const claims = claimsOf(await cluster.serviceAccountToken('three', 'my-app', asked));
      expect(claims).toMatchObject({ aud: [audience], sub: 'system:serviceaccount:three:my-app' });
    }
  });
});

describe('three clouds in a restricted namespace, with verifiers and a writer of the credentials file', () => {
  let stored: StoredPod;
  beforeAll(async () => {
    await cluster.addNamespace('strict', { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } });
    const initContainers = [
      restrictedContainer('set-up'),
      restrictedContainer('proxy', { restartPolicy: 'Always' }),
      restrictedContainer('migrate'),
    ];
    const annotations = { ...withWriter, ...threeVerifiers };
    const created = await cluster.kubectlCreate(
      pod('strict', 'app', { annotations, ...restrictedPod, initContainers }),
    );
    expect(created).toMatchObject({ code: 0, stderr: '' });
    stored = created.stored();
  });

  it('are admitted with the writer first and the verifiers after the last native sidecar', () => {
    const [writer, ...verifiers] = ownContainers;
    const names = stored.spec.initContainers?.map(({ name }) => name);
    expect(names).toEqual([writer, 'set-up', 'proxy', ...verifiers, 'migrate']);
  });

  it('reach every container of the pod, and no annotation contains the credentials', () => {
    for (const name of ['set-up', 'proxy', 'migrate', 'app']) {
      expect(envOf(stored, name)).toEqual(threeIdentities);
      expect(ownMounts(stored, name)).toEqual(threeMounts);
    }
    expect(stored.metadata.annotations).toEqual({
      ...withWriter,
      ...threeVerifiers,
      'cwii.dev/injected': 'aws,az,gcp',
    });
  });

  it('keep the API token, which the ServiceAccount plugin mounts, out of the containers of cwii', () => {
    const apiToken = volumeAt(stored, apiTokenDirectory);
    expect(apiToken?.projected?.sources[0]).toHaveProperty('serviceAccountToken');
    for (const name of ownContainers) {
      expect(volumeAt(stored, apiTokenDirectory, name)).toHaveProperty('emptyDir');
      expect(containerOf(stored, name).volumeMounts?.map((mount) => mount.name)).not.toContain(apiToken?.name);
    }
  });

  it('give each container of cwii the identity that it needs and its own scratch directory', () => {
    const volumes = (name: string) => ownMounts(stored, name)?.map((mount) => mount.name);
    expect(volumes('cwii-gcp-creds-writer')).toEqual(['cwii-gcp-creds', 'cwii-gcp-creds-writer-scratch']);
    expect(volumes('cwii-aws-verify')).toEqual(['cwii-aws-token', 'cwii-aws-verify-scratch']);
    expect(volumes('cwii-az-verify')).toEqual(['cwii-az-token', 'cwii-az-verify-scratch']);
    expect(volumes('cwii-gcp-verify')).toEqual(['cwii-gcp-token', 'cwii-gcp-creds', 'cwii-gcp-verify-scratch']);
    const writable = ownMounts(stored, 'cwii-gcp-creds-writer')?.[0];
    expect(writable).toEqual({ name: 'cwii-gcp-creds', mountPath: '/var/run/secrets/cwii.dev/gcp-creds' });
    expect(JSON.parse(envOf(stored, 'cwii-gcp-creds-writer')['CREDENTIALS'] ?? '')).toEqual(gcpCredentials);
  });
});

describe('a Guaranteed pod with a read-only root file system', () => {
  let stored: StoredPod;
  beforeAll(async () => {
    await cluster.addNamespace('read-only');
    const resources = { limits: { cpu: '250m', memory: '256Mi' } };
    const securityContext = { readOnlyRootFilesystem: true };
    const container = (name: string) => ({ name, image: 'registry.example/app', resources, securityContext });
    const containers = [container('app'), container('worker')];
    stored = await cluster.create(pod('read-only', 'app', { annotations: threeClouds, containers }));
  });

  it('has a directory for gcloud in memory, one for each container, and stays Guaranteed', () => {
    const directory = '/var/run/secrets/cwii.dev/gcp-config';
    expect(volumeAt(stored, directory)).toEqual({
      name: 'cwii-gcp-config',
      emptyDir: { medium: 'Memory', sizeLimit: '64Mi' },
    });
    for (const name of ['app', 'worker']) {
      expect(envOf(stored, name)).toEqual({
        ...threeIdentities,
        CLOUDSDK_CONFIG: `${directory}/${name}`,
        CLOUDSDK_CORE_DISABLE_FILE_LOGGING: '1',
      });
      expect(ownMounts(stored, name)).toEqual([...threeMounts, { name: 'cwii-gcp-config', mountPath: directory }]);
    }
    expect(stored).toHaveProperty('status.qosClass', 'Guaranteed');
  });

  it('stays unchanged on a second admission', async () => {
    const again = await cluster.kubectlCreate(asNew('second', stored));

    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stored().spec).toEqual(stored.spec);
  });
});

describe('a pod with three clouds', () => {
  it.each([
    ['downward-api', { ...threeClouds, ...threeVerifiers }],
    ['init-container', { ...withWriter, ...threeVerifiers }],
  ])(
    'stays unchanged on a second admission, after the API server set its defaults, with %s',
    async (name, annotations) => {
      const namespace = `twice-${name}`;
      await cluster.addNamespace(namespace);
      const first = await cluster.create(pod(namespace, 'first', { annotations, ...restrictedPod }));
      const again = await cluster.kubectlCreate(asNew('second', first));
      expect(again).toMatchObject({ code: 0, stderr: '' });
      expect(again.stored().spec).toEqual(first.spec);
      expect(again.stored().metadata.annotations).toEqual(first.metadata.annotations);
      expect((await webhook.logged(namespace)).at(-1)).not.toHaveProperty('findings');
    },
  );

  it.each([
    ['downward-api', threeClouds],
    ['init-container', { ...withWriter, ...threeVerifiers }],
  ])(
    'gets all three identities in a container that a later webhook adds, and nothing twice, with %s',
    async (name, annotations) => {
      const mesh = `mesh-${name}`;
      const injector = await startSidecarInjector(cluster.certificate, 'mesh');
      try {
        await cluster.register({ name: mesh, webhook: injector });
        await cluster.addNamespace(mesh, { calledBy: ['cwii', mesh] });
        const created = await cluster.kubectlCreate(pod(mesh, 'app', { annotations }));
        expect(created).toMatchObject({ code: 0, stderr: '' });
        const stored = created.stored();
        expect(await webhook.logged(mesh)).toHaveLength(2);
        for (const container of ['app', 'mesh']) {
          expect(envOf(stored, container)).toEqual(threeIdentities);
          expect(ownMounts(stored, container)).toEqual(threeMounts);
          expect(containerOf(stored, container).env).toHaveLength(Object.keys(threeIdentities).length);
        }
        const initContainers = stored.spec.initContainers?.map((container) => container.name);
        expect(initContainers).toEqual(name === 'init-container' ? ownContainers : undefined);
        const volumes = stored.spec.volumes?.map((volume) => volume.name) ?? [];
        expect(new Set(volumes).size).toBe(volumes.length);
        expect(stored.metadata.annotations?.['cwii.dev/injected']).toBe('aws,az,gcp');
      } finally {
        await cluster.api('DELETE', `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${mesh}`);
        injector.stop();
      }
    },
  );
});
