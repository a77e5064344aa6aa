// Tests of the issuer's handler: its answer, log line and metrics, and which events are commands.

import { beforeEach, describe, expect, it } from 'vitest';
import { createHandler, type IssuerHandler } from '../../../functions/issuer/handler.ts';
import { CwiiError } from '../../../lib/common/errors.ts';
import type { Measurements } from '../../../lib/common/metrics.ts';
import { parseIssuerConfig } from '../../../lib/issuer/issuer-config.ts';
import { type PublicKey, readPublicKey } from '../../../lib/issuer/public-key.ts';
import { discoveryDocument, issuer, keySet, namedKey, rsaJwk } from '../../fakes/issuer-keys.ts';
import { MemoryBucket } from '../../fakes/memory-bucket.ts';
import { type WatchedLog, watchLog } from '../../fakes/watched-log.ts';

const config = parseIssuerConfig({
  CWII_CLUSTER_NAME: 'test',
  CWII_KUBE_API_URL: 'https://api.example.com',
  CWII_ISSUER_URL: issuer,
  CWII_ISSUER_BUCKET: 'memory',
});
const a = { ...readPublicKey(rsaJwk()), kid: 'a' };
const b = { ...readPublicKey(rsaJwk()), kid: 'b' };
const noon = Date.UTC(2026, 10, 24, 12);

describe('the issuer function', () => {
  let keys: readonly PublicKey[];
  let failure: Error | undefined;
  let log: WatchedLog;
  let metrics: Measurements<'issuer'>[];
  let handler: IssuerHandler;

  beforeEach(() => {
    [keys, failure, metrics] = [[a, b], undefined, []];
    log = watchLog('issuer');
    handler = createHandler({
      config,
      bucket: new MemoryBucket(),
      readCluster: async () => {
        if (failure) throw failure;
        return { discovery: discoveryDocument(), jwks: keySet(...keys) };
      },
      now: () => noon,
      recordMetrics: (measurements) => metrics.push(measurements),
      writeLog: log.write,
    });
  });

  it('answers with the keys that are served', async () => {
    await handler({});
    keys = [b];
    expect(await handler({})).toEqual({
      issuer,
      discoveryUrl: `${issuer}/.well-known/openid-configuration`,
      jwksUri: `${issuer}/openid/v1/jwks`,
      keys: [
        { kid: 'b', alg: 'RS256', status: 'current' },
        { kid: 'a', alg: 'RS256', status: 'removed', servedUntil: '2026-11-26T12:00:00.000Z' },
      ],
      dropped: [],
      changes: ['a was removed from the cluster, and is served until 2026-11-26T12:00:00.000Z'],
      warnings: [],
      notes: [],
      written: ['state/test.json', 'my-cluster/openid/v1/jwks'],
    });
  });

  it('answers a drop with the dropped key and a warning, and logs both', async () => {
    const answer = await handler({ drop: ['a'] });
    expect(answer).toMatchObject({
      keys: [{ kid: 'b' }],
      dropped: [{ kid: 'a', droppedAt: '2026-11-24T12:00:00.000Z' }],
      warnings: [expect.stringContaining('a was dropped and is not served')],
    });
    const { changes, warnings, written } = answer;
    expect(log.entries()).toEqual([
      {
        time: expect.any(String),
        level: 'warn',
        cluster: 'test',
        outcome: 'published',
        keys: ['b'],
        dropped: ['a'],
        changes,
        warnings,
        notes: [],
        written,
      },
    ]);
    expect(metrics).toEqual([{ Published: 1, Failures: 0, Warnings: 1, Keys: 1 }]);
  });

  it('logs and counts a run that changed nothing', async () => {
    await handler({});
    await handler({});
    expect(log.entries()[1]).toMatchObject({ level: 'info', outcome: 'unchanged', keys: ['a', 'b'], written: [] });
    expect(metrics[1]).toEqual({ Published: 1, Failures: 0, Warnings: 0, Keys: 2 });
  });

  it.each<[string, unknown]>([
    ['a rule of EventBridge', { version: '0', source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} }],
    ['a schedule of EventBridge Scheduler', { version: '0', source: 'aws.scheduler', detail: {} }],
    ['an empty command', {}],
    ['a null payload', null],
    ['an invocation without a payload', undefined],
  ])('runs for %s', async (_, event) => {
    expect(await handler(event)).toMatchObject({ keys: [{ kid: 'a' }, { kid: 'b' }] });
  });

  it('throws, logs and counts a failure, so that both Errors and Failures can alarm', async () => {
    failure = new CwiiError('cluster-unreachable', 'no connection', { cause: new Error('ECONNREFUSED') });
    await expect(handler({})).rejects.toBe(failure);
    expect(log.entries()).toEqual([
      {
        time: expect.any(String),
        level: 'error',
        cluster: 'test',
        outcome: 'failed',
        code: 'cluster-unreachable',
        error: 'CwiiError: no connection <- Error: ECONNREFUSED',
      },
    ]);
    expect(metrics).toEqual([{ Published: 0, Failures: 1 }]);
  });

  it('throws for an unknown command', async () => {
    await expect(handler({ dorp: ['a'] })).rejects.toMatchObject({ code: 'issuer-command-unknown' });
    expect(metrics).toEqual([{ Published: 0, Failures: 1 }]);
  });

  it('logs an unexpected error as internal', async () => {
    failure = new TypeError('x is not a function');
    await expect(handler({})).rejects.toBe(failure);
    expect(log.entries()[0]).toMatchObject({ outcome: 'failed', code: 'internal' });
  });

  it('notes a key that some cloud does not accept, without counting a warning', async () => {
    keys = [namedKey('ec')];
    expect((await handler({})).notes).toEqual([expect.stringContaining('Azure will reject tokens that ec signs')]);
    expect(log.entries()[0]).toMatchObject({ level: 'info', notes: [expect.stringContaining('Azure')] });
    expect(metrics).toEqual([{ Published: 1, Failures: 0, Warnings: 0, Keys: 1 }]);
  });
});
