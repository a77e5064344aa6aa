// Knows for how long a read object may be used again, and what is never remembered.

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

const asked = { fresh: false };

describe('the audiences of the API server', () => {
  it('are those that the reader behind it knows by now', () => {
    const reader = new CachingReader(cluster, 2);
    const atFirst = reader.apiAudiences;
    cluster.apiAudiences = ['api'];

    expect([atFirst, reader.apiAudiences]).toEqual([[], ['api']]);
    expect(new CachingReader({ read: cluster.read }, 2).apiAudiences).toEqual([]);
  });
});

describe('an object that was read', () => {
  it('is used again within its seconds, without a request', async () => {
    const reader = new CachingReader(cluster, 2);
    const first = await reader.read(shop, { ...asked, deadline });
    vi.setSystemTime(noon + 1999);
    const second = await reader.read(shop, { ...asked, deadline });

    expect(first).toMatchObject({ object: { uid: 'uid-1' }, attempts: 1, cached: false });
    expect(second).toEqual({ object: first.object, attempts: 0, cached: true });
    expect(cluster.reads).toHaveLength(1);
  });

  it('is read anew after its seconds', async () => {
    const reader = new CachingReader(cluster, 2);
    await reader.read(shop, { ...asked, deadline });
    vi.setSystemTime(noon + 2000);

    expect(await reader.read(shop, { ...asked, deadline })).toMatchObject({ attempts: 1, cached: false });
  });

  it('ages from the moment at which its read began', async () => {
    const reader = new CachingReader(cluster, 2);
    cluster.hold();
    const first = reader.read(shop, { ...asked, deadline });
    vi.setSystemTime(noon + 1500);
    cluster.release();
    await first;
    vi.setSystemTime(noon + 2500);

    expect(await reader.read(shop, { ...asked, deadline })).toMatchObject({ cached: false });
  });

  it('is read anew where another uid is expected', async () => {
    const reader = new CachingReader(cluster, 2);
    await reader.read(shop, { ...asked, deadline });
    cluster.serve('Namespace shop', { uid: 'uid-2' });

    const expected = await reader.read(shop, { ...asked, deadline, uid: 'uid-2' });
    const again = await reader.read(shop, { ...asked, deadline, uid: 'uid-2' });

    expect(expected).toMatchObject({ object: { uid: 'uid-2' }, cached: false });
    expect(again).toMatchObject({ object: { uid: 'uid-2' }, cached: true });
  });

  it('is used again where its own uid is expected', async () => {
    const reader = new CachingReader(cluster, 2);
    await reader.read(shop, { ...asked, deadline });

    expect(await reader.read(shop, { ...asked, deadline, uid: 'uid-1' })).toMatchObject({ cached: true });
  });

  it('is read anew where a fresh one is wanted, and the fresh one is remembered', async () => {
    const reader = new CachingReader(cluster, 2);
    await reader.read(shop, { ...asked, deadline });
    cluster.serve('Namespace shop', { uid: 'uid-2' });

    const fresh = await reader.read(shop, { deadline, fresh: true });
    const after = await reader.read(shop, { ...asked, deadline });

    expect(fresh).toMatchObject({ object: { uid: 'uid-2' }, cached: false });
    expect(after).toMatchObject({ object: { uid: 'uid-2' }, cached: true });
  });

  it('is not trusted after the clock was set back', async () => {
    const reader = new CachingReader(cluster, 2);
    await reader.read(shop, { ...asked, deadline });
    vi.setSystemTime(noon - 1);

    expect(await reader.read(shop, { ...asked, deadline })).toMatchObject({ cached: false });
  });

  it('is never remembered for 0 seconds', async () => {
    const reader = new CachingReader(cluster, 0);
    await reader.read(shop, { ...asked, deadline });

    expect(await reader.read(shop, { ...asked, deadline })).toMatchObject({ attempts: 1, cached: false });
  });

  it('is not mistaken for one of another kind or namespace', async () => {
    const web = (namespace: string): ObjectKey => ({ kind: serviceAccounts, namespace, name: 'web' });
    cluster.serve('ServiceAccount shop/web', { uid: 'uid-shop' }).serve('ServiceAccount bank/web', { uid: 'uid-bank' });
    const reader = new CachingReader(cluster, 2);

    const uids: unknown[] = [];
    for (const key of [web('shop'), web('bank'), { kind: namespaces, name: 'web' }, web('shop')]) {
      uids.push((await reader.read(key, { ...asked, deadline })).object?.uid);
    }

    expect(uids).toEqual(['uid-shop', 'uid-bank', undefined, 'uid-shop']);
  });
});

describe('what is not remembered', () => {
  it('that an object is missing: it may be there the next moment', async () => {
    const reader = new CachingReader(cluster, 2);
    cluster.remove('Namespace shop');
    const missing = await reader.read(shop, { ...asked, deadline });
    cluster.serve('Namespace shop', { uid: 'uid-1' });

    expect(missing).toEqual({ object: undefined, attempts: 1, cached: false });
    expect(await reader.read(shop, { ...asked, deadline })).toMatchObject({ object: { uid: 'uid-1' } });
  });

  it('an object that a fresh read no longer finds', async () => {
    const reader = new CachingReader(cluster, 2);
    await reader.read(shop, { ...asked, deadline });
    cluster.remove('Namespace shop');
    await reader.read(shop, { deadline, fresh: true });

    expect(await reader.read(shop, { ...asked, deadline })).toMatchObject({ object: undefined, cached: false });
  });

  it('a failure', async () => {
    const reader = new CachingReader(cluster, 2);
    cluster.fail('Namespace shop', new ClusterReadError('cluster-timeout', 'no answer'));
    await expect(reader.read(shop, { ...asked, deadline })).rejects.toMatchObject({ code: 'cluster-timeout' });
    cluster.serve('Namespace shop', { uid: 'uid-1' });

    expect(await reader.read(shop, { ...asked, deadline })).toMatchObject({ object: { uid: 'uid-1' } });
  });

  it('more than a thousand objects: the oldest go first', async () => {
    const reader = new CachingReader(cluster, 2);
    const key = (index: number): ObjectKey => ({ kind: namespaces, name: `ns-${index}` });
    for (let index = 0; index <= 1000; index++) {
      cluster.serve(`Namespace ns-${index}`);
      await reader.read(key(index), { ...asked, deadline });
    }

    expect(await reader.read(key(1000), { ...asked, deadline })).toMatchObject({ cached: true });
    expect(await reader.read(key(1), { ...asked, deadline })).toMatchObject({ cached: true });
    expect(await reader.read(key(0), { ...asked, deadline })).toMatchObject({ cached: false });
  });

  it('more than eight million characters: objects as large as the API server takes them cannot fill the memory', async () => {
    const reader = new CachingReader(cluster, 2);
    const key = (index: number): ObjectKey => ({ kind: serviceAccounts, namespace: 'shop', name: `sa-${index}` });
    for (let index = 0; index < 40; index++) {
      cluster.serve(`ServiceAccount shop/sa-${index}`, { annotations: { note: 'x'.repeat(250_000) } });
      await reader.read(key(index), { ...asked, deadline });
    }
    const cached: number[] = [];
    // From the last one on, because reading one again may send another one away.
    for (let index = 39; index >= 0; index--) {
      if ((await reader.read(key(index), { ...asked, deadline })).cached) cached.unshift(index);
      else break;
    }

    expect(cached).toEqual(Array.from({ length: 31 }, (_, index) => index + 9));
  });

  it('an object beyond that by itself', async () => {
    const reader = new CachingReader(cluster, 2);
    cluster.serve('Namespace shop', { annotations: { note: 'x'.repeat(9_000_000) } });
    await reader.read(shop, { ...asked, deadline });

    expect(await reader.read(shop, { ...asked, deadline })).toMatchObject({ cached: false });
  });
});
