// Tests the metrics of each kind of answer.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { createHandler } from '../../../functions/webhook/handler.ts';
import type { ClusterReader } from '../../../lib/cluster/reader.ts';
import { ClusterReadError } from '../../../lib/common/errors.ts';
import type { Measurements } from '../../../lib/common/metrics.ts';
import { parseConfig } from '../../../lib/settings/webhook-config.ts';
import { FakeCluster } from '../../fakes/cluster.ts';
import { eventOf, reviewOf, reviewOfPod } from '../../fakes/events.ts';
import { callerToken, digestOf, specMarker } from '../../fakes/secrets.ts';
import { watchLog } from '../../fakes/watched-log.ts';

const cluster = new FakeCluster().serve('Namespace shop').serve('ServiceAccount shop/web');
const unreadable: ClusterReader = {
  read: () => Promise.reject(Object.assign(new ClusterReadError('cluster-timeout', 'no answer'), { attempts: 2 })),
};
const asking = (annotations: Record<string, string>) =>
  eventOf(
    reviewOfPod(({ metadata }) => {
      metadata.annotations = annotations;
    }),
  );

async function measured(
  events: readonly LambdaFunctionURLEvent[],
  { reader = cluster, env = {} }: { reader?: ClusterReader; env?: Record<string, string> } = {},
): Promise<Measurements<'webhook'>[]> {
  const recorded: Measurements<'webhook'>[] = [];
  const handler = createHandler({
    config: parseConfig({ CWII_CALLER_TOKEN_SHA256: digestOf(callerToken).toString('hex'), ...env }),
    reader,
    writeLog: watchLog('webhook', () => [callerToken, specMarker]).write,
    recordMetrics: (measurements) => void recorded.push(measurements),
  });
  for (const event of events) await handler(event);
  return recorded;
}

const always = { Duration: expect.any(Number) };
const first = { ...always, ColdStarts: 1 };

describe('The metrics of a request', () => {
  it('count the first request of a process as a cold start', async () => {
    const admitted = { ...always, Admissions: 1, Injections: 1, ClusterReads: 2 };

    expect(await measured([eventOf(), eventOf()])).toEqual([{ ...admitted, ColdStarts: 1 }, admitted]);
  });

  it('count an admission without an injection if the pod requests nothing', async () => {
    expect(await measured([asking({})])).toEqual([{ ...first, Admissions: 1, ClusterReads: 2 }]);
  });

  it('count a denial', async () => {
    const event = asking({ 'cwii.dev/aws-role-arn': 'x' });

    expect(await measured([event])).toEqual([{ ...first, Admissions: 1, Denials: 1, ClusterReads: 2 }]);
  });

  it('count a failed read and a failed call', async () => {
    expect(await measured([eventOf()], { reader: unreadable })).toEqual([
      { ...first, Errors: 1, ReadFailures: 1, ClusterReads: 4 },
    ]);
  });

  it('count a failed read and a denial if a failed read denies pods', async () => {
    expect(await measured([eventOf()], { reader: unreadable, env: { CWII_ON_READ_FAILURE: 'deny' } })).toEqual([
      { ...first, Admissions: 1, Denials: 1, ReadFailures: 1, ClusterReads: 4 },
    ]);
  });

  it('count a failed read for which advice is omitted', async () => {
    const review = reviewOf(({ request }) => {
      request.kind = { group: 'apps', version: 'v1', kind: 'Deployment' };
      request.resource = { group: 'apps', version: 'v1', resource: 'deployments' };
      request.object = { metadata: { name: 'web' }, spec: { template: { metadata: {}, spec: {} } } };
    });

    expect(await measured([eventOf(review)], { reader: unreadable })).toEqual([
      expect.objectContaining({ Admissions: 1, ReadFailures: 1 }),
    ]);
  });

  it('count an unknown caller as refused, not as an error', async () => {
    const event = eventOf(undefined, ({ headers }) => {
      headers['authorization'] = 'Bearer wrong';
    });

    expect(await measured([event])).toEqual([{ ...first, Refused: 1 }]);
  });

  it('do not exist for a health check', async () => {
    const event = eventOf(undefined, (changed) => {
      changed.rawPath = '/healthz';
      changed.requestContext.http.method = 'GET';
    });

    expect(await measured([event])).toEqual([]);
  });
});
