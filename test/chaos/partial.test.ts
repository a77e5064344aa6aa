// Faults of single reads: only one of the four reads fails, or only the first attempt.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { faultCases } from '../../testing/fault-table.ts';
import { type Fault, hang, resetMidBody, statusObject } from '../../testing/network/faults.ts';
import { roleAnnotation, roleArn, workload } from '../cluster/manifests.ts';
import { roleOf } from '../cluster/stored-pod.ts';
import { type BrokenCluster, startBrokenCluster } from './broken-cluster.ts';

let broken: BrokenCluster;
beforeAll(async () => {
  broken = await startBrokenCluster();
});
afterEach(() => broken.heal());
afterAll(() => broken?.stop());

describe.each([
  { read: 'ServiceAccount', of: /\/serviceaccounts\// },
  { read: 'Namespace', of: /^\/api\/v1\/namespaces\/[^/]+$/ },
  { read: 'ReplicaSet', of: /\/replicasets\// },
  { read: 'Deployment', of: /\/deployments\// },
])('if only the read of the $read', ({ read, of }) => {
  const namespace = `only-${read.toLowerCase()}`;

  it('fails permanently, the event of the ReplicaSet names that object, and pods start when the fault is over', async () => {
    const { cluster, proxy } = broken;
    await cluster.addNamespace(namespace, { calledBy: ['chaos'] });
    proxy.fail(statusObject(500), { of });
    await cluster.create(workload('Deployment', namespace, 'web', { annotations: roleAnnotation(read) }));

    const refusal = await cluster.refusalIn(namespace);
    expect(refusal).toMatch(new RegExp(`cwii: ${read} (${namespace}|[^ ]*/?(default|web[^ ]*)) could not be read`));
    expect(refusal).toContain('the API server answered with an error (HTTP 500)');

    await broken.heal();
    // The ReplicaSet controller retries with an exponential backoff.
    expect(roleOf(await cluster.podIn(namespace))).toBe(roleArn(read));
  });

  it.each([
    { how: 'is cut off', fault: resetMidBody },
    { how: 'is answered with 503', fault: statusObject(503) },
    { how: 'is never answered', fault: hang },
  ])('$how once, the pod gets its identity', async ({ fault }) => {
    const { cluster, proxy, webhook } = broken;
    const own = `${namespace}-${crypto.randomUUID().slice(0, 8)}`;
    await cluster.addNamespace(own, { calledBy: ['chaos'] });
    proxy.fail(fault, { of, times: 1 });
    await cluster.create(workload('Deployment', own, 'web', { annotations: roleAnnotation(own) }));

    expect(roleOf(await cluster.podIn(own))).toBe(roleArn(own));
    const [line] = await webhook.logged(own);
    expect(line).toMatchObject({ outcome: 'admitted', status: 200 });
    expect(line.reads).toBeGreaterThan(4);
  });
});

/** The faults that are answers to a request. */
const answers = faultCases.filter(({ fault }) => fault !== undefined);

describe('a pod that is created while the API server once', () => {
  it.each(answers.filter(({ retried }) => retried))(
    '$what, gets its identity after a retry',
    async ({ fault = hang }) => {
      // Both of its reads.
      broken.proxy.fail(fault, { times: 2 });
      expect(roleOf((await broken.createPod()).stored())).toBe(roleArn('chaos'));
    },
  );

  it.each(answers.filter(({ retried }) => !retried))('$what, is refused without a retry', async ({ fault = hang }) => {
    let times = 0;
    const counted: Fault = (response, connection) => {
      times += 1;
      fault(response, connection);
    };
    broken.proxy.fail(counted, { of: /\/serviceaccounts\// });

    expect((await broken.createPod()).code).toBe(1);
    expect(times).toBe(1);
  });
});
