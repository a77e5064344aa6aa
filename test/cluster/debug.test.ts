// `kubectl debug` on a real API server: ephemeral containers, and copies of a pod.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { pod, roleAnnotation, roleArn } from './manifests.ts';
import { roleOf, type StoredContainer, type StoredPod } from './stored-pod.ts';
import { calledByLabel, readExample, startTestCluster, type TestCluster } from './test-cluster.ts';

const namespace = 'debug';

interface Entry {
  readonly name: string;
  readonly namespaceSelector: { readonly matchExpressions: readonly object[] };
}

describe('kubectl debug', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startTestCluster();
    const webhook = await cluster.addWebhook();
    await cluster.addNamespace(namespace);
    const { webhooks } = parse(await readExample('cluster/webhook.yaml')) as { webhooks: Entry[] };
    const entry = webhooks.find(({ name }) => name === 'debug.cwii.dev');
    if (!entry) throw new Error('examples/cluster/webhook.yaml has no entry debug.cwii.dev');
    const called = { key: calledByLabel('cwii'), operator: 'Exists' };
    await cluster.api('POST', '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', {
      metadata: { name: 'debug' },
      webhooks: [
        {
          ...entry,
          clientConfig: { url: `${webhook.origin}/mutate` },
          namespaceSelector: { matchExpressions: [...entry.namespaceSelector.matchExpressions, called] },
          failurePolicy: 'Fail',
        },
      ],
    });
    await cluster.create(pod(namespace, 'probe', { annotations: roleAnnotation('probe') }));
    let attempt = 0;
    await cluster.waitFor('the webhook to be called for ephemeral containers', async () => {
      const stored = await debug('probe', `try-${attempt++}`);
      return roleOfDebugger(stored, `try-${attempt - 1}`) !== undefined;
    });
  });
  afterAll(() => cluster?.stop());

  /** Adds an ephemeral container as a user does. @returns the pod that the API server then has. */
  async function debug(name: string, container: string, ...options: string[]): Promise<StoredPod> {
    const command = [
      '-n',
      namespace,
      'debug',
      name,
      '--image=busybox',
      '--profile=general',
      `--container=${container}`,
    ];
    const { code, stderr } = await cluster.kubectl([...command, ...options]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return await cluster.api<StoredPod>('GET', `/api/v1/namespaces/${namespace}/pods/${name}`);
  }

  function roleOfDebugger({ spec, metadata }: StoredPod, name: string): string | undefined {
    const added = (spec['ephemeralContainers'] as StoredContainer[]).find((container) => container.name === name);
    if (!added) throw new Error(`the pod has no ephemeral container ${name}`);
    return roleOf({ metadata, spec: { ...spec, containers: [added], initContainers: [] } }, name);
  }

  it('gives a new container the identity of the pod', async () => {
    await cluster.create(pod(namespace, 'plain', { annotations: roleAnnotation('plain') }));

    expect(roleOfDebugger(await debug('plain', 'debugger'), 'debugger')).toBe(roleArn('plain'));
    const again = await debug('plain', 'second');
    expect(roleOfDebugger(again, 'second')).toBe(roleArn('plain'));
    expect(roleOfDebugger(again, 'debugger')).toBe(roleArn('plain'));
  });

  it('gives it the identity of the container that it targets', async () => {
    const containers = [
      { name: 'app', image: 'app' },
      { name: 'envoy', image: 'app', env: [{ name: 'AWS_ROLE_ARN', value: roleArn('envoy') }] },
    ];
    const stored = await cluster.create(pod(namespace, 'two', { annotations: roleAnnotation('two'), containers }));
    expect([roleOf(stored, 'app'), roleOf(stored, 'envoy')]).toEqual([roleArn('two'), roleArn('envoy')]);

    expect(roleOfDebugger(await debug('two', 'debugger', '--target=envoy'), 'debugger')).toBe(roleArn('envoy'));
  });

  it('gives it nothing if its name is skipped', async () => {
    const annotations = { ...roleAnnotation('skip'), 'cwii.dev/skip-containers': 'debugger' };
    await cluster.create(pod(namespace, 'skip', { annotations }));

    expect(roleOfDebugger(await debug('skip', 'debugger'), 'debugger')).toBeUndefined();
  });

  it('gives it nothing in a pod without an identity', async () => {
    await cluster.create(pod(namespace, 'none', {}));

    expect(roleOfDebugger(await debug('none', 'debugger'), 'debugger')).toBeUndefined();
  });

  it('--copy-to keeps the identity, and the status states it', async () => {
    await cluster.create(pod(namespace, 'source', { annotations: roleAnnotation('source') }));

    await cluster.kubectl(['-n', namespace, 'debug', 'source', '--image=busybox', '--copy-to=copy']);

    const copy = await cluster.api<StoredPod>('GET', `/api/v1/namespaces/${namespace}/pods/copy`);
    expect(roleOf(copy)).toBe(roleArn('source'));
    expect(copy.metadata.annotations).toEqual({ 'cwii.dev/injected': 'aws' });
  });

  it('--copy-to with annotations brings the copy up to what they say', async () => {
    await cluster.create(pod(namespace, 'kept', { annotations: roleAnnotation('kept') }));

    const command = ['-n', namespace, 'debug', 'kept', '--image=busybox', '--keep-annotations', '--copy-to=kept-copy'];
    await cluster.kubectl(command);

    const copy = await cluster.api<StoredPod>('GET', `/api/v1/namespaces/${namespace}/pods/kept-copy`);
    expect(copy.spec.containers.map(({ name }) => roleOf(copy, name))).toEqual([roleArn('kept'), roleArn('kept')]);
  });
});
