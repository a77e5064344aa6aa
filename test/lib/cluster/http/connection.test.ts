// Tests of ClusterConnection: when connections are made, kept and replaced, over HTTP/2 and HTTP/1.1.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClusterConnection } from '../../../../lib/cluster/http/connection.ts';
import { openApiLink } from '../../../../testing/network/api-link.ts';
import {
  answer,
  type Fault,
  hang,
  hangMidBody,
  resetMidBody,
  resetMidStream,
} from '../../../../testing/network/faults.ts';
import { FakeKubeApi } from '../../../fakes/kube-api.ts';

const path = '/api/v1/namespaces/shop';
const noLimit = new AbortController().signal;

describe.each(['HTTP/2', 'HTTP/1.1'] as const)('over %s', (protocol) => {
  let api: FakeKubeApi;
  let connection: ClusterConnection;

  beforeEach(async () => {
    api = await FakeKubeApi.start({ protocol });
    api.serve(path);
    connection = new ClusterConnection({ url: api.url, ca: api.ca });
  });
  afterEach(async () => {
    vi.useRealTimers();
    connection.close();
    await api[Symbol.asyncDispose]();
  });

  const get = (signal = noLimit) => connection.send({ path, headers: { accept: 'application/json' } }, signal);
  const connectionsUsed = () => new Set(api.requests.map((request) => request.connection)).size;

  it('returns the status, the headers and the body of the answer', async () => {
    api.failNext(answer(418, 'Grüße', { 'x-kind': 'teapot' }));

    expect(await get()).toMatchObject({ status: 418, headers: { 'x-kind': 'teapot' }, body: 'Grüße' });
  });

  it('uses the protocol of the server', async () => {
    await get();

    expect(api.requests[0]?.protocol).toBe(protocol);
  });

  it('sends a request with a body as a POST of JSON', async () => {
    await connection.send({ path, headers: { accept: 'application/json' }, body: { name: 'Grüße' } }, noLimit);
    await get();

    expect(api.requests.map(({ method, body }) => [method, body])).toEqual([
      ['POST', '{"name":"Grüße"}'],
      ['GET', ''],
    ]);
    expect(api.requests[0]?.headers).toMatchObject({
      accept: 'application/json',
      'content-type': 'application/json',
      'content-length': '18',
    });
  });

  it('connects for the request if connecting before it failed', async () => {
    const link = await openApiLink(api.url.href);
    const linked = new ClusterConnection({ url: new URL(link.url), ca: api.ca });
    await link.cut();
    await linked.prepare();
    await link.restore();

    expect(await linked.send({ path, headers: {} }, noLimit)).toMatchObject({ status: 200 });
    linked.close();
    await link.close();
  });

  it('keeps the connection for the next request', async () => {
    await get();
    await get();

    expect(connectionsUsed()).toBe(1);
  });

  it.each([
    { what: 'was idle for a minute', shift: 60_000 },
    { what: 'was last used in the future, because the clock was set back', shift: -1000 },
  ])('does not reuse a connection that $what', async ({ shift }) => {
    await get();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + shift });
    await get();

    expect(connectionsUsed()).toBe(2);
  });

  it('keeps a connection in use for longer than a minute', async () => {
    await get();
    vi.useFakeTimers({ toFake: ['Date'] });
    for (let minute = 0; minute < 3; minute++) {
      vi.setSystemTime(Date.now() + 59_000);
      await get();
    }

    expect(connectionsUsed()).toBe(1);
  });

  it('replaces a connection that the server closed while it was idle', async () => {
    await get();
    await api.dropConnections();

    expect(await get()).toMatchObject({ status: 200 });
    expect(connectionsUsed()).toBe(2);
  });

  it.each([
    { what: 'with a length', fault: resetMidBody },
    { what: 'without a length', fault: resetMidStream },
  ])('fails for an incomplete answer $what, and uses a new connection for the next request', async ({ fault }) => {
    api.failNext(fault);

    await expect(get()).rejects.toThrow();
    expect(await get()).toMatchObject({ status: 200 });
    expect(connectionsUsed()).toBe(2);
  });

  it.each<{ what: string; fault: Fault }>([
    { what: 'an answer', fault: hang },
    { what: 'a complete answer', fault: hangMidBody },
  ])('ends a request without $what when its signal aborts', async ({ fault }) => {
    api.failNext(fault);
    const controller = new AbortController();

    const pending = get(controller.signal);
    await expect.poll(() => api.requests.length).toBe(1);
    controller.abort(new Error('out of time'));

    await expect(pending).rejects.toThrow();
  });

  it('does not send a request whose signal has already aborted', async () => {
    await expect(get(AbortSignal.abort(new Error('out of time')))).rejects.toThrow('out of time');
    expect(api.requests).toEqual([]);
  });

  it('stops connecting when the signal aborts', async () => {
    const controller = new AbortController();

    const pending = get(controller.signal);
    controller.abort(new Error('out of time'));

    await expect(pending).rejects.toThrow('out of time');
    expect(await get()).toMatchObject({ status: 200 });
  });

  it('still returns the answers to earlier requests after it is closed', async () => {
    const late: (() => void)[] = [];
    api.failNext((response, socket) => void late.push(() => answer(200, 'late')(response, socket)));

    const pending = get();
    await expect.poll(() => late.length).toBe(1);
    connection.close();
    await get();
    for (const send of late) send();

    expect(await pending).toMatchObject({ status: 200, body: 'late' });
    expect(connectionsUsed()).toBe(2);
  });

  it('can be closed before it connects, and twice', async () => {
    connection.close();
    await get();
    connection.close();
    connection.close();

    expect(await get()).toMatchObject({ status: 200 });
    expect(connectionsUsed()).toBe(2);
  });
});

describe('an HTTP/1.1 server', () => {
  it('that switches protocols instead of answering fails the request at once', async () => {
    await using api = await FakeKubeApi.start({ protocol: 'HTTP/1.1' });
    api.failNext((_, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: spdy/3.1\r\n\r\n');
    });
    const connection = new ClusterConnection({ url: api.url, ca: api.ca });

    await expect(connection.send({ path, headers: {} }, noLimit)).rejects.toMatchObject({ code: 'answer-cut-off' });
    expect(await connection.send({ path, headers: {} }, noLimit)).toMatchObject({ status: 404 });
    connection.close();
  });
});

describe('one HTTP/2 connection', () => {
  it('sends parallel requests from the start', async () => {
    await using api = await FakeKubeApi.start();
    api.serve(path);
    const connection = new ClusterConnection({ url: api.url, ca: api.ca });

    await Promise.all(Array.from({ length: 4 }, () => connection.send({ path, headers: {} }, noLimit)));
    connection.close();

    expect(api.accepted).toBe(1);
    expect(api.requests).toHaveLength(4);
  });

  it('still returns the answers to requests sent before GOAWAY', async () => {
    await using api = await FakeKubeApi.start();
    const late: (() => void)[] = [];
    api.failNext((response, socket) => void late.push(() => answer(200, 'late')(response, socket)));
    const connection = new ClusterConnection({ url: api.url, ca: api.ca });

    const pending = connection.send({ path, headers: {} }, noLimit);
    await expect.poll(() => late.length).toBe(1);
    const gone = api.goAway();
    for (const send of late) send();

    expect(await pending).toMatchObject({ status: 200, body: 'late' });
    await gone;
    connection.close();
  });

  it('is replaced without a failure after GOAWAY', async () => {
    await using api = await FakeKubeApi.start();
    api.serve(path);
    const connection = new ClusterConnection({ url: api.url, ca: api.ca });
    await connection.send({ path, headers: {} }, noLimit);

    await api.goAway();
    const after = await connection.send({ path, headers: {} }, noLimit);
    connection.close();

    expect(after.status).toBe(200);
    expect(api.accepted).toBe(2);
  });
});
