// Tests of KubeReader's second attempt: when it is made, on which connection, and when not.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Credential } from '../../../lib/cluster/credentials/credential.ts';
import { ApiClient } from '../../../lib/cluster/http/api-client.ts';
import { ClusterConnection } from '../../../lib/cluster/http/connection.ts';
import { KubeReader } from '../../../lib/cluster/kube-reader.ts';
import type { ReadResult } from '../../../lib/cluster/reader.ts';
import { Deadline } from '../../../lib/common/deadline.ts';
import { CwiiError } from '../../../lib/common/errors.ts';
import { namespaces } from '../../../lib/kubernetes/objects.ts';
import {
  answer,
  brokenJson,
  type Fault,
  hang,
  hangMidBody,
  html,
  notFound,
  resetBeforeAnswer,
  resetMidBody,
  statusObject,
} from '../../../testing/network/faults.ts';
import { FakeKubeApi } from '../../fakes/kube-api.ts';
import { ListedTokens } from '../../fakes/listed-tokens.ts';

const credentialOf = (token: Credential['token']): Credential => ({ audiences: [], token, rejected: () => undefined });
const names = ['blue', 'green', 'red', 'yellow'];

describe.each(['HTTP/2', 'HTTP/1.1'] as const)('over %s', (protocol) => {
  let api: FakeKubeApi;
  let connection: ClusterConnection;
  let tokens: ListedTokens;
  let reader: KubeReader;

  beforeEach(async () => {
    api = await FakeKubeApi.start({ protocol });
    for (const name of names) api.serve(`/api/v1/namespaces/${name}`, { uid: name });
    connection = new ClusterConnection({ url: api.url, ca: api.ca });
    tokens = new ListedTokens('first-token', 'second-token');
    reader = new KubeReader(new ApiClient(connection, tokens));
  });
  afterEach(async () => {
    connection.close();
    await api[Symbol.asyncDispose]();
  });

  async function read(name: string, milliseconds = 5000): Promise<ReadResult> {
    using deadline = new Deadline(milliseconds);
    return await reader.read({ kind: namespaces, name }, { deadline, fresh: false });
  }

  it.each<{ what: string; fault: Fault }>([
    { what: 'reset before the answer', fault: resetBeforeAnswer },
    { what: 'reset in the middle of the body', fault: resetMidBody },
    { what: 'answered 500', fault: statusObject(500) },
    { what: 'answered 503 by a proxy', fault: html(503) },
    { what: 'answered with an incomplete object', fault: brokenJson },
    { what: 'answered 429 without Retry-After', fault: statusObject(429) },
    {
      what: 'answered 429 with a Retry-After that is a date',
      fault: answer(429, '', { 'retry-after': 'Sun, 01 Nov 2026 00:00:00 GMT' }),
    },
  ])('retries a read that is $what on a new connection', async ({ fault }) => {
    api.failNext(fault);

    const result = await read('blue');

    expect(result).toMatchObject({ object: { uid: 'blue' }, attempts: 2 });
    const [first, second] = api.requests;
    expect(second?.connection).not.toBe(first?.connection);
  });

  it('retries the read of a missing namespace on a new connection, for a cache that lags', async () => {
    api.failNext(notFound('/api/v1/namespaces/blue'));

    const result = await read('blue');

    expect(result).toMatchObject({ object: { uid: 'blue' }, attempts: 2 });
    const [first, second] = api.requests;
    expect(second?.connection).not.toBe(first?.connection);
  });

  it('retries a read without an answer after half of the time', async () => {
    api.failNext(hang);

    const result = await read('blue', 1000);

    expect(result).toMatchObject({ object: { uid: 'blue' }, attempts: 2 });
  });

  it('takes a slow first answer although the second request hangs', async () => {
    // The first answer comes after half of the time, when the second request is in flight, and before the
    // deadline.
    const whole = answer(200, { kind: 'PartialObjectMetadata', metadata: { uid: 'blue' } });
    const slow: Fault = (response, socket) => void setTimeout(() => whole(response, socket), 1300);
    api.failNext(slow, hang);

    const result = await read('blue', 2000);

    expect(result).toMatchObject({ object: { uid: 'blue' }, attempts: 2 });
    const [first, second] = api.requests;
    expect(second?.connection).not.toBe(first?.connection);
  });

  it.each<{ what: string; fault: Fault }>([
    { what: 'no answer', fault: hang },
    { what: 'an answer that stops', fault: hangMidBody },
  ])('fails with a timeout at the deadline for $what', async ({ fault }) => {
    api.failAlways(fault);

    await expect(read('blue', 200)).rejects.toMatchObject({
      code: 'cluster-timeout',
      message: 'Namespace blue could not be read from the cluster: the API server did not answer in time',
    });
  });

  it('does not retry a read whose deadline is already exceeded', async () => {
    api.failAlways(hang);

    await expect(read('blue', 0)).rejects.toMatchObject({ code: 'cluster-timeout', attempts: 1 });
  });

  it('gets a new token after 401, and retries with it', async () => {
    api.failNext(statusObject(401));

    const result = await read('blue');

    expect(result).toMatchObject({ object: { uid: 'blue' }, attempts: 2 });
    expect(tokens.rejections).toEqual(['first-token']);
    expect(api.requests.map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer first-token',
      'Bearer second-token',
    ]);
  });

  it('retries after a Retry-After within the deadline', async () => {
    api.failNext(answer(429, '', { 'retry-after': '1' }));

    const result = await read('blue');

    expect(result).toMatchObject({ object: { uid: 'blue' }, attempts: 2 });
  });

  it('fails at once for a Retry-After beyond the deadline', async () => {
    api.failNext(answer(429, '', { 'retry-after': '30' }));

    await expect(read('blue')).rejects.toMatchObject({ code: 'cluster-answer-unexpected', attempts: 1 });
    expect(api.requests).toHaveLength(1);
  });

  it.each<{ what: string; fault: Fault }>([
    { what: '503', fault: statusObject(503) },
    { what: '401', fault: statusObject(401) },
    { what: 'an incomplete object', fault: brokenJson },
  ])('retries each of several parallel reads that are answered $what', async ({ fault }) => {
    await read('blue');
    api.failNext(...names.map(() => fault));

    const results = await Promise.allSettled(names.map((name) => read(name)));

    expect(results).toMatchObject(
      names.map((uid) => ({ status: 'fulfilled', value: { object: { uid }, attempts: 2 } })),
    );
  });

  it('does not interrupt other reads when one fails', async () => {
    const late: (() => void)[] = [];
    const slowly: Fault = (response, socket) => {
      late.push(() => answer(200, { kind: 'PartialObjectMetadata', metadata: { uid: 'slow' } })(response, socket));
    };
    api.failNext(slowly, statusObject(503));

    const slow = Promise.allSettled([read('green')]);
    await expect.poll(() => late.length).toBe(1);
    await read('yellow');
    for (const send of late) send();

    expect(await slow).toMatchObject([{ status: 'fulfilled', value: { object: { uid: 'slow' }, attempts: 1 } }]);
  });

  it('sends no request without a token, and does not retry', async () => {
    const unreadable = new CwiiError('credential-unreadable', 'the cluster token cannot be read from /etc/cwii/token');
    const broken = new KubeReader(
      new ApiClient(
        connection,
        credentialOf(() => Promise.reject(unreadable)),
      ),
    );
    using deadline = new Deadline(5000);

    await expect(broken.read({ kind: namespaces, name: 'blue' }, { deadline, fresh: false })).rejects.toMatchObject({
      code: 'credential-unreadable',
      message: 'Namespace blue could not be read from the cluster: the function has no usable cluster token',
      attempts: 1,
    });
    expect(api.requests).toEqual([]);
  });

  it.each([
    ['at the deadline', 0],
    ['after a stall beyond the deadline', 500],
  ])('names a credential that never gets a token %s', async (_, stallMs) => {
    const silent = new KubeReader(
      new ApiClient(
        connection,
        credentialOf(() => new Promise(() => undefined)),
      ),
    );
    using deadline = new Deadline(400);

    const read = silent.read({ kind: namespaces, name: 'blue' }, { deadline, fresh: false });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stallMs);

    await expect(read).rejects.toMatchObject({ code: 'credential-timeout' });
  });
});
