// Knows what a read does about an answer or a connection that fails once: the second try, and when there is none.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Credential } from '../../../lib/cluster/credentials/credential.ts';
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
  resetBeforeAnswer,
  resetMidBody,
  statusObject,
} from '../../fakes/faults.ts';
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
    reader = new KubeReader(connection, tokens);
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
    { what: 'answered with half of an object', fault: brokenJson },
    { what: 'answered 429 without Retry-After', fault: statusObject(429) },
    {
      what: 'answered 429 with a Retry-After that is a date',
      fault: answer(429, '', { 'retry-after': 'Sun, 01 Nov 2026 00:00:00 GMT' }),
    },
  ])('a read that is $what is tried again on a fresh connection', async ({ fault }) => {
    api.failNext(fault);

    const result = await read('blue');

    expect(result).toMatchObject({ object: { uid: 'blue' }, attempts: 2 });
    const [first, second] = api.requests;
    expect(second?.connection).not.toBe(first?.connection);
  });

  it('a read without an answer is tried again while there is time', async () => {
    api.failNext(hang);

    const result = await read('blue', 1000);

    expect(result).toMatchObject({ object: { uid: 'blue' }, attempts: 2 });
  });

  it('a slow answer counts, though a second request was made meanwhile and hangs', async () => {
    // The first answer comes after half of the time, when the second request is under way, and before its end.
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
    { what: 'an answer that stops in its middle', fault: hangMidBody },
  ])('$what at all ends as a timeout at the deadline', async ({ fault }) => {
    api.failAlways(fault);

    await expect(read('blue', 200)).rejects.toMatchObject({
      code: 'cluster-timeout',
      message: 'Namespace blue could not be read from the cluster: the API server did not answer in time',
    });
  });

  it('a read that is over its deadline from the start is not tried again', async () => {
    api.failAlways(hang);

    await expect(read('blue', 0)).rejects.toMatchObject({ code: 'cluster-timeout', attempts: 1 });
  });

  it('401 makes the token be got anew, and the read be tried with it', async () => {
    api.failNext(statusObject(401));

    const result = await read('blue');

    expect(result).toMatchObject({ object: { uid: 'blue' }, attempts: 2 });
    expect(tokens.rejections).toEqual(['first-token']);
    expect(api.requests.map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer first-token',
      'Bearer second-token',
    ]);
  });

  it('429 with a Retry-After inside the deadline is tried again after it', async () => {
    api.failNext(answer(429, '', { 'retry-after': '1' }));

    const result = await read('blue');

    expect(result).toMatchObject({ object: { uid: 'blue' }, attempts: 2 });
  });

  it('429 with a Retry-After beyond the deadline fails at once', async () => {
    api.failNext(answer(429, '', { 'retry-after': '30' }));

    await expect(read('blue')).rejects.toMatchObject({ code: 'cluster-answer-unexpected', attempts: 1 });
    expect(api.requests).toHaveLength(1);
  });

  it.each<{ what: string; fault: Fault }>([
    { what: '503', fault: statusObject(503) },
    { what: '401', fault: statusObject(401) },
    { what: 'half of an object', fault: brokenJson },
  ])('reads side by side that are all answered $what all get their second try', async ({ fault }) => {
    await read('blue');
    api.failNext(...names.map(() => fault));

    const results = await Promise.allSettled(names.map((name) => read(name)));

    expect(results).toMatchObject(
      names.map((uid) => ({ status: 'fulfilled', value: { object: { uid }, attempts: 2 } })),
    );
  });

  it('a read that fails does not disturb the reads beside it', async () => {
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

  it('a credential that cannot be read is no reason to ask, nor to ask again', async () => {
    const unreadable = new CwiiError('credential-unreadable', 'the cluster token cannot be read from /etc/cwii/token');
    const broken = new KubeReader(
      connection,
      credentialOf(() => Promise.reject(unreadable)),
    );
    using deadline = new Deadline(5000);

    await expect(broken.read({ kind: namespaces, name: 'blue' }, { deadline, fresh: false })).rejects.toMatchObject({
      code: 'credential-unreadable',
      message: 'Namespace blue could not be read from the cluster: the function has no usable cluster token',
      attempts: 1,
    });
    expect(api.requests).toEqual([]);
  });

  it('a credential that never answers is given up at the deadline', async () => {
    const silent = new KubeReader(
      connection,
      credentialOf(() => new Promise(() => undefined)),
    );
    using deadline = new Deadline(400);

    await expect(silent.read({ kind: namespaces, name: 'blue' }, { deadline, fresh: false })).rejects.toMatchObject({
      code: 'credential-timeout',
    });
  });
});
