// Tests what a read session counts, and which error it reports if reads fail.

import { describe, expect, it } from 'vitest';
import { ReadSession } from '../../../lib/admission/read-session.ts';
import { CachingReader } from '../../../lib/cluster/caching-reader.ts';
import type { ClusterReader } from '../../../lib/cluster/reader.ts';
import { Deadline } from '../../../lib/common/deadline.ts';
import { ClusterReadError } from '../../../lib/common/errors.ts';
import { namespaces, serviceAccounts } from '../../../lib/kubernetes/objects.ts';
import { FakeCluster } from '../../fakes/cluster.ts';

const account = { kind: serviceAccounts, namespace: 'shop', name: 'web' };
const namespace = { kind: namespaces, name: 'shop' };
const never = () => new Promise<never>(() => undefined);

/**
 * A reader that fails to read the ServiceAccount with a reset, and reads the namespace as the test chooses.
 */
function readerOf(readNamespace: Promise<never>): ClusterReader {
  const reset = () => Promise.reject(new ClusterReadError('cluster-unreachable', 'reset', { attempts: 1 }));
  return { read: (key) => (key.kind === serviceAccounts ? reset() : readNamespace) };
}

/** The error that the session reports if both objects are read. */
async function errorOf(reader: ClusterReader, milliseconds = 5000): Promise<unknown> {
  using deadline = new Deadline(milliseconds);
  const session = new ReadSession(reader, { deadline, fresh: false });
  return await session.settle(Promise.all([session.read(account), session.read(namespace)])).catch((error) => error);
}

describe('A read session', () => {
  it('counts the requests of all reads', async () => {
    const cluster = new FakeCluster().serve('Namespace shop');
    using deadline = new Deadline(5000);
    const session = new ReadSession(cluster, { deadline, fresh: true });

    const objects = await session.settle(Promise.all([session.read(account), session.read(namespace, 'uid')]));

    expect(objects).toEqual([undefined, expect.objectContaining({ uid: 'uid of Namespace shop' })]);
    expect(session).toMatchObject({ attempts: 2, cached: false });
    expect(cluster.options).toEqual([
      { deadline, fresh: true },
      { deadline, fresh: true, uid: 'uid' },
    ]);
  });

  it('counts the requests of reads that failed', async () => {
    const unauthorized = new ClusterReadError('cluster-unauthorized', '401', { attempts: 2 });

    expect(await errorOf(readerOf(Promise.reject(unauthorized)))).toMatchObject({ attempts: 3 });
  });

  it('reports the 401 that arrives with resets of other reads', async () => {
    const cause = new Error('cause');
    const unauthorized = new ClusterReadError('cluster-unauthorized', '401', { cause });
    const later = new Promise<never>((_, reject) => setImmediate(() => reject(unauthorized)));

    expect(await errorOf(readerOf(later))).toMatchObject({ code: 'cluster-unauthorized', message: '401', cause });
  });

  it('reports a reset if the other reads do not end soon', async () => {
    expect(await errorOf(readerOf(never()))).toMatchObject({ code: 'cluster-unreachable', message: 'reset' });
  });

  it('reports any other failure without waiting for the other reads', async () => {
    const forbidden = new ClusterReadError('cluster-forbidden', '403');
    using deadline = new Deadline(60_000);
    const session = new ReadSession({ read: never }, { deadline, fresh: false });
    void session.read(account);

    await expect(session.settle(Promise.reject(forbidden))).rejects.toMatchObject({ code: 'cluster-forbidden' });
  });

  it('reports a timeout if a reader ignores the deadline', async () => {
    expect(await errorOf({ read: never }, 10)).toMatchObject({
      name: 'ClusterReadError',
      code: 'cluster-timeout',
      cause: { code: 'deadline-exceeded' },
    });
  });

  it('uses cached objects even after the deadline', async () => {
    using deadline = new Deadline(5000);
    const cluster = new FakeCluster().serve('Namespace shop');
    const reader = new CachingReader(cluster, 60);
    await reader.read(namespace, { deadline, fresh: false });
    using exceeded = new Deadline(0);
    const session = new ReadSession(reader, { deadline: exceeded, fresh: false });

    const object = await session.settle(session.read(namespace));

    expect(object).toMatchObject({ uid: 'uid of Namespace shop' });
    expect(session).toMatchObject({ attempts: 0, cached: true });
    expect(cluster.reads).toEqual(['Namespace shop']);
  });

  it('passes on an error that is not a read failure', async () => {
    const defect = new TypeError('defect');

    expect(await errorOf({ read: () => Promise.reject(defect) })).toBe(defect);
  });
});
