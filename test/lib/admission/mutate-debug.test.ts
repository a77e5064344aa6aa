// Tests the identity of ephemeral containers: copied from the pod's containers, chosen by name, never denied.

import { describe, expect, it } from 'vitest';
import { type Manifest, ManifestReader } from '../../../cli/preview/manifest-reader.ts';
import { mutateDebug } from '../../../lib/admission/mutate-debug.ts';
import { Deadline } from '../../../lib/common/deadline.ts';
import { parseMutateSettings } from '../../../lib/settings/webhook-config.ts';

const tokenFile = '/var/run/secrets/cwii.dev/aws/token';
const mount = { name: 'cwii-aws-token', mountPath: '/var/run/secrets/cwii.dev/aws', readOnly: true };
const identity = (role: string) => [
  { name: 'AWS_ROLE_ARN', value: `arn:aws:iam::123456789012:role/${role}` },
  { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: tokenFile },
  { name: 'AWS_REGION', value: 'eu-central-1' },
];
const token = { serviceAccountToken: { path: 'token', audience: 'sts.amazonaws.com', expirationSeconds: 3600 } };

interface Changes {
  readonly debugger?: object;
  readonly before?: readonly object[];
  readonly annotations?: Record<string, string>;
  readonly volumes?: readonly object[] | undefined;
  readonly containers?: readonly object[];
  readonly cluster?: Manifest[];
}

/** The patch for a pod with two containers of different roles, and a new ephemeral container. */
async function patchFor({
  debugger: view = {},
  before = [],
  annotations = {},
  volumes,
  containers,
  cluster = [],
}: Changes) {
  const pod = {
    metadata: { name: 'web', annotations: { 'cwii.dev/injected': 'aws', ...annotations } },
    spec: {
      serviceAccountName: 'my-app',
      volumes: volumes ?? [{ name: 'cwii-aws-token', projected: { sources: [token], defaultMode: 0o644 } }],
      containers: containers ?? [
        { name: 'app', env: [{ name: 'SECRET', value: 'x' }, ...identity('app')], volumeMounts: [mount] },
        { name: 'envoy', env: identity('envoy'), volumeMounts: [mount] },
        { name: 'plain' },
      ],
    },
  };
  const withDebug = (ephemeralContainers: readonly object[]) => ({
    ...pod,
    spec: { ...pod.spec, ephemeralContainers },
  });
  using deadline = new Deadline(5000);
  const decision = await mutateDebug(
    {
      uid: 'one',
      operation: 'UPDATE',
      namespace: 'default',
      resource: { group: '', version: 'v1', resource: 'pods' },
      subResource: 'ephemeralcontainers',
      object: withDebug([...before, { name: 'debugger', image: 'busybox', ...view }]),
      oldObject: withDebug(before),
    },
    { settings: parseMutateSettings({}), reader: new ManifestReader(cluster), deadline },
  );
  if (decision.kind === 'denied') throw new Error('a debug container is never denied');
  return decision;
}

describe('mutateDebug', () => {
  it('gives a new container the token of a service that the containers have', async () => {
    const vault = { name: 'cwii-vault-token', mountPath: '/var/run/secrets/cwii.dev/vault', readOnly: true };
    const variable = { name: 'VAULT_TOKEN_FILE', value: '/var/run/secrets/cwii.dev/vault/token' };
    const { patch, injected } = await patchFor({
      volumes: [{ name: 'cwii-vault-token', projected: { sources: [token] } }],
      containers: [{ name: 'app', env: [{ name: 'SECRET', value: 'x' }, variable], volumeMounts: [vault] }],
    });

    expect(injected).toEqual(['vault']);
    expect(patch.map(({ path, ...operation }) => [path, 'value' in operation && operation.value])).toEqual([
      ['/spec/ephemeralContainers/0/env', [variable]],
      ['/spec/ephemeralContainers/0/volumeMounts', [vault]],
    ]);
  });

  it('gives a new container the variables and mounts of the first container, and nothing else of it', async () => {
    const { patch, injected } = await patchFor({});

    expect(injected).toEqual(['aws']);
    expect(patch).toEqual([
      { op: 'add', path: '/spec/ephemeralContainers/0/env', value: identity('app') },
      { op: 'add', path: '/spec/ephemeralContainers/0/volumeMounts', value: [mount] },
    ]);
  });

  it('copies from the container that it targets', async () => {
    const { patch } = await patchFor({ debugger: { targetContainerName: 'envoy' } });

    expect(patch[0]).toMatchObject({ value: identity('envoy') });
  });

  it('copies from another container if the target has no identity', async () => {
    const { patch } = await patchFor({ debugger: { targetContainerName: 'plain' } });

    expect(patch[0]).toMatchObject({ value: identity('app') });
  });

  describe('with the directory of gcloud in the pod', () => {
    const configMount = { name: 'cwii-gcp-config', mountPath: '/var/run/secrets/cwii.dev/gcp-config' };
    const file = {
      name: 'GOOGLE_APPLICATION_CREDENTIALS',
      value: '/var/run/secrets/cwii.dev/gcp-creds/credentials.json',
    };
    const mounts = ['gcp-token:gcp', 'gcp-creds:gcp-creds'].map((pair) => {
      const [name, directory] = pair.split(':');
      return { name: `cwii-${name}`, mountPath: `/var/run/secrets/cwii.dev/${directory}`, readOnly: true };
    });
    const pod: Changes = {
      volumes: [
        { name: 'cwii-gcp-token', projected: { sources: [token] } },
        { name: 'cwii-gcp-creds', downwardAPI: { items: [{ path: 'credentials.json', fieldRef: {} }] } },
        { name: 'cwii-gcp-config', emptyDir: { medium: 'Memory' } },
      ],
      containers: [
        {
          name: 'app',
          env: [file, { name: 'CLOUDSDK_CONFIG', value: `${configMount.mountPath}/app` }],
          volumeMounts: [...mounts, configMount],
        },
      ],
    };
    const strict = { readOnlyRootFilesystem: true };

    it('gives a container with a read-only root a directory of its own', async () => {
      const { patch } = await patchFor({ ...pod, debugger: { securityContext: strict } });

      expect(patch).toMatchObject([
        {
          value: [
            file,
            { name: 'CLOUDSDK_CONFIG', value: `${configMount.mountPath}/debugger` },
            { name: 'CLOUDSDK_CORE_DISABLE_FILE_LOGGING', value: '1' },
          ],
        },
        { value: [...mounts, configMount] },
      ]);
    });

    it.each<[string, object]>([
      ['has a writable root', {}],
      [
        'has a writable home directory',
        { securityContext: strict, volumeMounts: [{ name: 'data', mountPath: '/root' }] },
      ],
    ])('leaves the directory out if the container %s', async (_, view) => {
      const { patch } = await patchFor({ ...pod, debugger: view });

      expect(JSON.stringify(patch)).toContain(file.value);
      expect(JSON.stringify(patch)).not.toContain('gcp-config');
    });

    it('leaves it out if the pod does not have the volume', async () => {
      const volumes = pod.volumes?.slice(0, 2);
      const { patch } = await patchFor({ ...pod, volumes, debugger: { securityContext: strict } });

      expect(JSON.stringify(patch)).not.toContain('gcp-config');
    });
  });

  it('changes only the new container, by its index', async () => {
    const { patch } = await patchFor({ before: [{ name: 'earlier' }] });

    expect(patch.map(({ path }) => path)).toEqual([
      '/spec/ephemeralContainers/1/env',
      '/spec/ephemeralContainers/1/volumeMounts',
    ]);
  });

  it('keeps a region that the container sets itself', async () => {
    const { patch } = await patchFor({ debugger: { env: [{ name: 'AWS_REGION', value: 'us-east-1' }] } });

    expect(patch.map((operation) => 'value' in operation && (operation.value as { name: string }).name)).toEqual([
      'AWS_ROLE_ARN',
      'AWS_WEB_IDENTITY_TOKEN_FILE',
      undefined,
    ]);
  });

  const annotated = (kind: string, name: string, annotations: Record<string, string>): Manifest => ({
    apiVersion: 'v1',
    kind,
    metadata: { name, annotations, ...(kind !== 'Namespace' && { namespace: 'default' }) },
  });

  it.each<[string, Changes]>([
    ['sets a role itself', { debugger: { env: [{ name: 'AWS_ROLE_ARN', value: 'other' }] } }],
    ['mounts something at the path', { debugger: { volumeMounts: [{ name: 'x', mountPath: mount.mountPath }] } }],
    ['is skipped by the pod', { annotations: { 'cwii.dev/skip-containers': 'debugger' } }],
    [
      'is skipped by the ServiceAccount',
      { cluster: [annotated('ServiceAccount', 'my-app', { 'cwii.dev/skip-containers': 'debugger' })] },
    ],
    [
      'is not included by the namespace',
      { cluster: [annotated('Namespace', 'default', { 'cwii.dev/include-containers': 'app' })] },
    ],
    ['is in a pod without the volume', { volumes: [] }],
    ['is in a pod with another volume of the name', { volumes: [{ name: 'cwii-aws-token', hostPath: {} }] }],
  ])('gives nothing to a container that %s', async (_, changes) => {
    const { patch, injected } = await patchFor(changes);

    expect({ patch, injected }).toEqual({ patch: [], injected: [] });
  });

  it('does not read the cluster for a pod without an identity', async () => {
    const { reads } = await patchFor({ volumes: [] });

    expect(reads).toBe(0);
  });
});
