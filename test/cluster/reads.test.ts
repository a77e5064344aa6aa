// The reads of the function for a pod: which objects it gets, how often, and how long it caches them.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DelayProxy, startDelayProxy } from '../../testing/network/delay-proxy.ts';
import { roleAnnotation, roleArn, workload } from './manifests.ts';
import { roleOf, type StoredPod } from './stored-pod.ts';
import { reader, startTestCluster, type TestCluster } from './test-cluster.ts';

/** Long, so that other work of the machine does not matter. */
const roundTripMs = 500;

describe('the reads for a pod', () => {
  let cluster: TestCluster;
  let distance: DelayProxy;
  beforeAll(async () => {
    cluster = await startTestCluster(['cwii', 'distant', 'forgetful', 'remembering']);
    const { hostname, port } = new URL(cluster.url);
    distance = await startDelayProxy({ targetHost: hostname, targetPort: Number(port), roundTripMs });
  });
  afterAll(async () => {
    await cluster?.stop();
    await distance?.close();
  });

  it('of a Deployment are four gets by name, and no list or watch', async () => {
    const webhook = await cluster.addWebhook();
    await cluster.addNamespace('four');
    await cluster.create(workload('Deployment', 'four', 'web', { annotations: roleAnnotation('four') }));
    expect(roleOf(await cluster.podIn('four'))).toBe(roleArn('four'));
    expect((await webhook.logged('four'))[0].reads).toBe(4);

    const username = `system:serviceaccount:${reader.namespace}:${reader.name}`;
    const events = (await cluster.auditEvents()).filter((event) => event.user.username === username);
    const ofPod = events.filter(({ requestURI }) => requestURI.includes('/namespaces/four'));
    expect(ofPod.map(({ objectRef }) => `${objectRef?.resource} ${objectRef?.name}`).sort()).toEqual([
      'deployments web',
      'namespaces four',
      expect.stringMatching(/^replicasets web-/),
      'serviceaccounts default',
    ]);
    expect(new Set(events.map(({ verb }) => verb))).toEqual(new Set(['get']));
  });

  it('take one round trip in total, on a connection that stays open', async () => {
    const webhook = await cluster.addWebhook('distant', {
      CWII_KUBE_API_URL: `https://${distance.host}:${distance.port}`,
    });
    const { accepted, roundTrips } = distance;
    await cluster.addNamespace('distant', { calledBy: ['distant'] });
    await cluster.create(workload('Deployment', 'distant', 'web', { annotations: roleAnnotation('distant') }));
    expect(roleOf(await cluster.podIn('distant'))).toBe(roleArn('distant'));
    const [line] = await webhook.logged('distant');
    expect(line.reads).toBe(4);
    expect(line.milliseconds).toBeGreaterThanOrEqual(roundTripMs);
    expect(distance.roundTrips).toBe(roundTrips + 1);
    expect(distance.accepted).toBe(accepted);
  });

  it('notice that a Deployment lost its role, although its ReplicaSet keeps a copy', async () => {
    await cluster.addWebhook('forgetful', { CWII_CACHE_SECONDS: '0' });
    await cluster.addNamespace('lost', { calledBy: ['forgetful'] });
    await cluster.create(workload('Deployment', 'lost', 'web', { annotations: roleAnnotation('lost') }));
    const first = await cluster.podIn('lost');
    expect(roleOf(first)).toBe(roleArn('lost'));

    await setRole('lost', null);
    expect(roleOf(await cluster.replacementOf(first))).toBeUndefined();
    const path = '/apis/apps/v1/namespaces/lost/replicasets';
    const [replicaSet] = (await cluster.api<{ items: StoredPod[] }>('GET', path)).items;
    expect(replicaSet?.metadata.annotations).toMatchObject(roleAnnotation('lost'));
  });

  it('use the cache if it gives the pod an identity, and refresh it otherwise', async () => {
    const webhook = await cluster.addWebhook('remembering', { CWII_CACHE_SECONDS: '60' });
    await cluster.addNamespace('gained', { calledBy: ['remembering'] });
    await cluster.create(workload('Deployment', 'gained', 'web'));
    const without = await cluster.podIn('gained');
    expect(roleOf(without)).toBeUndefined();

    await setRole('gained', roleArn('gained'));
    const second = await cluster.replacementOf(without);
    expect(roleOf(second)).toBe(roleArn('gained'));
    const third = await cluster.replacementOf(second);
    expect(roleOf(third)).toBe(roleArn('gained'));
    expect((await webhook.logged('gained')).map(({ reads }) => reads)).toEqual([4, 4, 0]);
  });

  function setRole(namespace: string, role: string | null): Promise<unknown> {
    const annotations = { 'cwii.dev/aws-role-arn': role };
    return cluster.api('PATCH', `/apis/apps/v1/namespaces/${namespace}/deployments/web`, { metadata: { annotations } });
  }
});
