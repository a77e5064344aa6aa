// Of reads that fail together, the pod's creator is told the one that says most.

import { expect, it } from 'vitest';
import { Reads } from '../../../lib/annotations/reads.ts';
import type { ClusterReader } from '../../../lib/cluster/reader.ts';
import { Deadline } from '../../../lib/common/deadline.ts';
import { ClusterReadError } from '../../../lib/common/errors.ts';
import { namespaces, serviceAccounts } from '../../../lib/kubernetes/objects.ts';

const account = { kind: serviceAccounts, namespace: 'shop', name: 'web' };
const namespace = { kind: namespaces, name: 'shop' };

/** A reader whose ServiceAccount read is reset, while that of the namespace ends a moment later in its own way. */
function readerOf(ofNamespace: Promise<never>): ClusterReader {
  const reset = () => Promise.reject(new ClusterReadError('cluster-unreachable', 'reset'));
  return { read: (key) => (key.kind === serviceAccounts ? reset() : ofNamespace) };
}

async function toldOf(reader: ClusterReader): Promise<unknown> {
  using deadline = new Deadline(5_000);
  const reads = new Reads(reader, { deadline, fresh: false });
  try {
    await Promise.all([reads.read(account), reads.read(namespace)]);
  } catch (error) {
    return reads.mostTelling(error);
  }
  throw new Error('the reads did not fail');
}

it('a 401 that comes with the resets beside it is what is told', async () => {
  const unauthorized = new ClusterReadError('cluster-unauthorized', '401');
  const later = new Promise<never>((_, reject) => setImmediate(() => reject(unauthorized)));

  expect(await toldOf(readerOf(later))).toBe(unauthorized);
});

it('a reset is told where the reads beside it say nothing', async () => {
  const never = new Promise<never>(() => undefined);

  expect(await toldOf(readerOf(never))).toMatchObject({ code: 'cluster-unreachable' });
});

it('any other failure is told at once', async () => {
  using deadline = new Deadline(5_000);
  const reads = new Reads(readerOf(new Promise<never>(() => undefined)), { deadline, fresh: false });
  const forbidden = new ClusterReadError('cluster-forbidden', '403');

  expect(await reads.mostTelling(forbidden)).toBe(forbidden);
});
