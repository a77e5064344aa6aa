// Tests of CachingReader: how long an object is cached, and what is never cached.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CachingReader } from '../../../lib/cluster/caching-reader.ts';
import { Deadline } from '../../../lib/common/deadline.ts';
import { ClusterReadError } from '../../../lib/common/errors.ts';
import { namespaces, type ObjectKey, serviceAccounts } from '../../../lib/kubernetes/objects.ts';
import { FakeCluster } from '../../fakes/cluster.ts';

const shop: ObjectKey = { kind: namespaces, name: 'shop' };
const noon = new Date('2026-11-01T12:00:00Z').getTime();

let cluster: FakeCluster;
let deadline: Deadline;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: noon });
  cluster = new FakeCluster().serve('Namespace shop', { uid: 'uid-1' });
  deadline = new Deadline(5000);
});
afterEach(() => {
  deadline[Symbol.dispose]();
  vi.useRealTimers();
});

const cachedIsEnough = { fresh: false };

describe('the audiences of the API server', () => {
  it('are those that its reader knows at the moment', () => {
    const reader = new CachingReader(cluster, 2);
    const before = reader.apiAudiences;
    cluster.apiAudiences = ['api'];

    expect([before, reader.apiAudiences]).toEqual([[], ['api']]);
    expect(new CachingReader({ read: cluster.read }, 2).apiAudiences).toEqual([]);
  });
});

it.each([true, false])('has the whole cluster if its reader has: %s', (complete) => {
  cluster.complete = complete;
  expect(new CachingReader(cluster, 2).complete).toBe(complete);
});

describe('a cached object', () => {
  it('is returned within the cache time, without a request', async () => {
    const reader = new CachingReader(cluster, 2);
    const first = await reader.read(shop, { ...cachedIsEnough, deadline });
    vi.setSystemTime(noon + 1999);
    const second = await reader.read(shop, { ...cachedIsEnough, deadline });

    expect(first).toMatchObject({ object: { uid: 'uid-1' }, attempts: 1, cached: false });
    expect(second).toEqual({ object: first.object, attempts: 0, cached: true });
    expect(cluster.reads).toHaveLength(1);
  });

  it('is read again after the cache time', async () => {
    const reader = new CachingReader(cluster, 2);
    await reader.read(shop, { ...cachedIsEnough, deadline });
    vi.setSystemTime(noon + 2000);

    expect(await reader.read(shop, { ...cachedIsEnough, deadline })).toMatchObject({ attempts: 1, cached: false });
  });

  it('has an age that counts from the start of its read', async () => {
    const reader = new CachingReader(cluster, 2);
    cluster.hold();
    const first = reader.read(shop, { ...cachedIsEnough, deadline });
    vi.setSystemTime(noon + 1500);
    cluster.release();
    await first;
    vi.setSystemTime(noon + 2500);

    expect(await reader.read(shop, { ...cachedIsEnough, deadline })).toMatchObject({ cached: false });
  });

  it('is read again if another uid is expected', async () => {
    const reader = new CachingReader(cluster, 2);
    await reader.read(shop, { ...cachedIsEnough, deadline });
    cluster.serve('Namespace shop', { uid: 'uid-2' });

    const expected = await reader.read(shop, { ...cachedIsEnough, deadline, uid: 'uid-2' });
    const again = await reader.read(shop, { ...cachedIsEnough, deadline, uid: 'uid-2' });

    expect(expected).toMatchObject({ object: { uid: 'uid-2' }, cached: false });
    expect(again).toMatchObject({ object: { uid: 'uid-2' }, cached: true });
  });

  it('is returned if its uid is the expected one', async () => {
    const reader = new CachingReader(cluster, 2);
    await reader.read(shop, { ...cachedIsEnough, deadline });

    expect(await reader.read(shop, { ...cachedIsEnough, deadline, uid: 'uid-1' })).toMatchObject({ cached: true });
  });

  it('is read again for a fresh read, which replaces it', async () => {
    const reader = new CachingReader(cluster, 2);
    await reader.read(shop, { ...cachedIsEnough, deadline });
    cluster.serve('Namespace shop', { uid: 'uid-2' });

    const fresh = await reader.read(shop, { deadline, fresh: true });
    const after = await reader.read(shop, { ...cachedIsEnough, deadline });

    expect(fresh).toMatchObject({ object: { uid: 'uid-2' }, cached: false });
    expect(after).toMatchObject({ object: { uid: 'uid-2' }, cached: true });
  });

  it('is not returned after the clock was set back', async () => {
    const reader = new CachingReader(cluster, 2);
    await reader.read(shop, { ...cachedIsEnough, deadline });
    vi.setSystemTime(noon - 1);

    expect(await reader.read(shop, { ...cachedIsEnough, deadline })).toMatchObject({ cached: false });
  });

  it('is never returned with a cache time of 0 seconds', async () => {
    const reader = new CachingReader(cluster, 0);
    await reader.read(shop, { ...cachedIsEnough, deadline });

    expect(await reader.read(shop, { ...cachedIsEnough, deadline })).toMatchObject({ attempts: 1, cached: false });
  });

  it('is not confused with one of another kind or namespace', async () => {
    const web = (namespace: string): ObjectKey => ({ kind: serviceAccounts, namespace, name: 'web' });
    cluster.serve('ServiceAccount shop/web', { uid: 'uid-shop' }).serve('ServiceAccount bank/web', { uid: 'uid-bank' });
    const reader = new CachingReader(cluster, 2);

    const uids: unknown[] = [];
    for (const key of [web('shop'), web('bank'), { kind: namespaces, name: 'web' }, web('shop')]) {
      uids.push((await reader.read(key, { ...cachedIsEnough, deadline })).object?.uid);
    }

    expect(uids).toEqual(['uid-shop', 'uid-bank', undefined, 'uid-shop']);
  });
});

describe('the cache', () => {
  it('does not contain missing objects, which may be created at any moment', async () => {
    const reader = new CachingReader(cluster, 2);
    cluster.remove('Namespace shop');
    const missing = await reader.read(shop, { ...cachedIsEnough, deadline });
    cluster.serve('Namespace shop', { uid: 'uid-1' });

    expect(missing).toEqual({ object: undefined, attempts: 1, cached: false });
    expect(await reader.read(shop, { ...cachedIsEnough, deadline })).toMatchObject({ object: { uid: 'uid-1' } });
  });

  it('does not keep an object that a fresh read no longer finds', async () => {
    const reader = new CachingReader(cluster, 2);
    await reader.read(shop, { ...cachedIsEnough, deadline });
    cluster.remove('Namespace shop');
    await reader.read(shop, { deadline, fresh: true });

    expect(await reader.read(shop, { ...cachedIsEnough, deadline })).toMatchObject({
      object: undefined,
      cached: false,
    });
  });

  it('does not contain failures', async () => {
    const reader = new CachingReader(cluster, 2);
    cluster.fail('Namespace shop', new ClusterReadError('cluster-timeout', 'no answer'));
    await expect(reader.read(shop, { ...cachedIsEnough, deadline })).rejects.toMatchObject({ code: 'cluster-timeout' });
    cluster.serve('Namespace shop', { uid: 'uid-1' });

    expect(await reader.read(shop, { ...cachedIsEnough, deadline })).toMatchObject({ object: { uid: 'uid-1' } });
  });

  it('has at most a thousand objects, and evicts the oldest', async () => {
    const reader = new CachingReader(cluster, 2);
    const key = (index: number): ObjectKey => ({ kind: namespaces, name: `ns-${index}` });
    for (let index = 0; index <= 1000; index++) {
      cluster.serve(`Namespace ns-${index}`);
      await reader.read(key(index), { ...cachedIsEnough, deadline });
    }

    expect(await reader.read(key(1000), { ...cachedIsEnough, deadline })).toMatchObject({ cached: true });
    expect(await reader.read(key(1), { ...cachedIsEnough, deadline })).toMatchObject({ cached: true });
    expect(await reader.read(key(0), { ...cachedIsEnough, deadline })).toMatchObject({ cached: false });
  });

  it('has at most eight million characters, so that large objects cannot exhaust the memory', async () => {
    const reader = new CachingReader(cluster, 2);
    const key = (index: number): ObjectKey => ({ kind: serviceAccounts, namespace: 'shop', name: `sa-${index}` });
    for (let index = 0; index < 40; index++) {
      cluster.serve(`ServiceAccount shop/sa-${index}`, { annotations: { note: 'x'.repeat(250_000) } });
      await reader.read(key(index), { ...cachedIsEnough, deadline });
    }
    const cached: number[] = [];
    // From the last one on, because reading one again may evict another one.
    for (let index = 39; index >= 0; index--) {
      if ((await reader.read(key(index), { ...cachedIsEnough, deadline })).cached) cached.unshift(index);
      else break;
    }

    expect(cached).toEqual(Array.from({ length: 31 }, (_, index) => index + 9));
  });

  it('does not contain a single object above the limit', async () => {
    const reader = new CachingReader(cluster, 2);
    cluster.serve('Namespace shop', { annotations: { note: 'x'.repeat(9_000_000) } });
    await reader.read(shop, { ...cachedIsEnough, deadline });

    expect(await reader.read(shop, { ...cachedIsEnough, deadline })).toMatchObject({ cached: false });
  });
});
