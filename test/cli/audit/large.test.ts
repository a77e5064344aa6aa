// `cwii audit` of 10,000 pods: lists are read in pages, and memory does not grow with the number of pods.

import { beforeAll, describe, expect, it } from 'vitest';
import { auditSchema } from '../../../cli/audit/report.ts';
import { cwiiProcess } from '../command.ts';
import { largeCluster } from './large-cluster.ts';
import { type ProxiedCluster, proxiedCluster } from './proxied-cluster.ts';

describe('a cluster with 10,000 pods', () => {
  let cluster: ProxiedCluster;
  beforeAll(async () => {
    cluster = await proxiedCluster(largeCluster(1000, 10));
    return () => cluster[Symbol.asyncDispose]();
  });

  it('is audited with a heap that is smaller than its pods', async () => {
    // Their JSON alone has 80 MB, and as objects they are larger.
    const env = { ...cluster.env, NODE_OPTIONS: '--max-old-space-size=72' };
    const ended = await cwiiProcess(['audit', '-o', 'json'], { env });

    expect(ended).toMatchObject({ status: 0, stderr: '' });
    const { summary, workloads } = auditSchema.parse(JSON.parse(ended.stdout));
    expect(summary).toMatchObject({ workloads: 1000, pods: 10_000 });
    // Every twelfth workload has static keys in a ConfigMap.
    expect(workloads.filter(({ pods }) => pods.some(({ state }) => state === 'broken'))).toHaveLength(83);
    // 500 objects a page, of pods and of five other kinds with at most 1,000 objects, six empty lists,
    // and the metrics, because no registration is in the API.
    expect(cluster.requests()).toBe(20 + 9 + 6 + 1);
  });
});
