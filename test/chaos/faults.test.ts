// Knows what each fault on the way to the API server looks like: to the pod's author, in the log, and to the next pod.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { begin, faultCases } from '../../testing/fault-table.ts';
import { roleArn } from '../cluster/manifests.ts';
import { roleOf } from '../cluster/stored-pod.ts';
import { timeoutSeconds } from '../cluster/test-cluster.ts';
import { type BrokenCluster, startBrokenCluster } from './broken-cluster.ts';

/** What a proxy that speaks HTTP/1.1 only can do differently: the rest is decided before, or takes its time. */
const overHttp1 = faultCases
  .filter(({ fault, code }) => fault && code !== 'cluster-timeout')
  .map((faultCase) => ({ ...faultCase, ...faultCase.overHttp1 }));

describe.each([
  { protocol: 'HTTP/2', http1Only: false, cases: faultCases },
  { protocol: 'HTTP/1.1', http1Only: true, cases: overHttp1 },
])('a pod’s creation, while the API server, over $protocol,', ({ http1Only, cases }) => {
  let broken: BrokenCluster;
  beforeAll(async () => {
    broken = await startBrokenCluster({}, { http1Only });
  });
  afterAll(() => broken?.stop());

  describe.each(cases)('$what,', (faultCase) => {
    const { said, code, cause = '' } = faultCase;
    let stderr: string;
    beforeAll(async () => {
      await begin(faultCase, broken);
      ({ stderr } = await broken.createPod());
      await broken.heal();
    });

    it('fails with words that name the object and the cause', () => {
      const object = /cwii: (ServiceAccount chaos\/my-app|Namespace chaos)/.exec(stderr)?.[0];
      // The other read of the two says its own kind.
      const told = object?.includes('Namespace') ? said.replace('serviceaccounts', 'namespaces') : said;
      expect(stderr).toContain(
        `Internal error occurred: failed calling webhook "chaos.cwii.test": failed to call webhook: ${object} could not be read from the cluster: ${told}`,
      );
    });

    it('is answered by the function and not by the API server’s patience', async () => {
      expect(stderr).not.toMatch(/context deadline exceeded|Client\.Timeout|timed out|EOF/);
      const last = (await broken.webhook.logged('chaos')).at(-1);
      expect(last).toMatchObject({ outcome: 'failed', status: 503, code });
      expect(last?.error).toContain(cause);
      expect(last?.milliseconds).toBeLessThan(timeoutSeconds * 1000);
    });

    it('succeeds with its identity as soon as that is over', async () => {
      expect(roleOf((await broken.createPod()).stored())).toBe(roleArn('chaos'));
    });
  });
});
