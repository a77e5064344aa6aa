// `kubectl debug` on a real API server: ephemeral containers, and copies of a pod.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debuggerRole, registerDebugEntry } from './debug-entry.ts';
import { pod, roleAnnotation, roleArn } from './manifests.ts';
import { roleOf, type StoredPod } from './stored-pod.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';

const namespace = 'debug';

describe('kubectl debug', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startTestCluster();
    const webhook = await cluster.addWebhook();
    await cluster.addNamespace(namespace);
    await registerDebugEntry(cluster, webhook);
    await cluster.create(pod(namespace, 'probe', { annotations: roleAnnotation('probe') }));
    let attempt = 0;
    await cluster.waitFor('the webhook to be called for ephemeral containers', async () => {
      const stored = await debug('probe', `try-${attempt++}`);
      return debuggerRole(stored, `try-${attempt - 1}`) !== undefined;
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

  it('gives a new container the identity of the pod', async () => {
    await cluster.create(pod(namespace, 'plain', { annotations: roleAnnotation('plain') }));

    expect(debuggerRole(await debug('plain', 'debugger'), 'debugger')).toBe(roleArn('plain'));
    const again = await debug('plain', 'second');
    expect(debuggerRole(again, 'second')).toBe(roleArn('plain'));
    expect(debuggerRole(again, 'debugger')).toBe(roleArn('plain'));
  });

  it('gives it the identity of the container that it targets', async () => {
    const containers = [
      { name: 'app', image: 'app' },
      { name: 'envoy', image: 'app', env: [{ name: 'AWS_ROLE_ARN', value: roleArn('envoy') }] },
    ];
    const stored = await cluster.create(pod(namespace, 'two', { annotations: roleAnnotation('two'), containers }));
    expect([roleOf(stored, 'app'), roleOf(stored, 'envoy')]).toEqual([roleArn('two'), roleArn('envoy')]);

    expect(debuggerRole(await debug('two', 'debugger', '--target=envoy'), 'debugger')).toBe(roleArn('envoy'));
  });

  it('gives it nothing if its name is skipped', async () => {
    const annotations = { ...roleAnnotation('skip'), 'cwii.dev/skip-containers': 'debugger' };
    await cluster.create(pod(namespace, 'skip', { annotations }));

    expect(debuggerRole(await debug('skip', 'debugger'), 'debugger')).toBeUndefined();
  });

  it('gives it nothing in a pod without an identity', async () => {
    await cluster.create(pod(namespace, 'none', {}));

    expect(debuggerRole(await debug('none', 'debugger'), 'debugger')).toBeUndefined();
  });

  it('--copy-to keeps the identity, and the status states it', async () => {
    await cluster.create(pod(namespace, 'source', { annotations: roleAnnotation('source') }));

    await cluster.kubectl([
      '-n',
      namespace,
      'debug',
      'source',
      '--image=busybox',
      '--profile=general',
      '--copy-to=copy',
    ]);

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
