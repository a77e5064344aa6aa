// Every fault of the table: the message for the pod's creator, the log line, and the next pod.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultCases, startFault } from '../../testing/fault-table.ts';
import { roleArn } from '../cluster/manifests.ts';
import { roleOf } from '../cluster/stored-pod.ts';
import { type BrokenCluster, startBrokenCluster } from './broken-cluster.ts';

/**
 * The faults that can look different over HTTP/1.1. Others happen before the request or end with a timeout.
 */
const overHttp1 = faultCases
  .filter(({ fault, code }) => fault && code !== 'cluster-timeout')
  .map((faultCase) => ({ ...faultCase, ...faultCase.overHttp1 }));

describe.each([
  { protocol: 'HTTP/2', http1Only: false, cases: faultCases },
  { protocol: 'HTTP/1.1', http1Only: true, cases: overHttp1 },
])('the creation of a pod over $protocol, while the API server', ({ http1Only, cases }) => {
  let broken: BrokenCluster;
  beforeAll(async () => {
    broken = await startBrokenCluster({}, { http1Only });
  });
  afterAll(() => broken?.stop());

  describe.each(cases)('$what,', (faultCase) => {
    const { said, code, cause = '' } = faultCase;
    let stderr: string;
    beforeAll(async () => {
      await startFault(faultCase, broken);
      ({ stderr } = await broken.createPod());
      await broken.heal();
    });

    it('fails with a message that names the object and the cause', () => {
      const object = /cwii: (ServiceAccount chaos\/my-app|Namespace chaos)/.exec(stderr)?.[0];
      // The message of either read can come first; each names its own kind.
      const message = object?.includes('Namespace') ? said.replace('serviceaccounts', 'namespaces') : said;
      expect(stderr).toContain(
        `Internal error occurred: failed calling webhook "chaos.cwii.test": failed to call webhook: ${object} could not be read from the cluster: ${message}`,
      );
    });

    it('fails with an answer of the function, before the call of the webhook times out', async () => {
      expect(stderr).not.toMatch(/context deadline exceeded|Client\.Timeout|timed out|EOF/);
      const last = (await broken.webhook.logged('chaos')).at(-1);
      expect(last).toMatchObject({ outcome: 'failed', status: 503, code });
      expect(last?.error).toContain(cause);
    });

    it('succeeds with the identity as soon as the fault is over', async () => {
      expect(roleOf((await broken.createPod()).stored())).toBe(roleArn('chaos'));
    });
  });
});
