// Knows when connections to the API server are made, kept and replaced, over HTTP/2 and HTTP/1.1.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClusterConnection } from '../../../../lib/cluster/http/connection.ts';
import { openApiLink } from '../../../cluster/api-link.ts';
import { answer, type Fault, hang, hangMidBody, resetMidBody, resetMidStream } from '../../../fakes/faults.ts';
import { FakeKubeApi } from '../../../fakes/kube-api.ts';

const path = '/api/v1/namespaces/shop';
const inTime = new AbortController().signal;

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

  const get = (signal = inTime) => connection.send({ path, headers: { accept: 'application/json' } }, signal);
  const connectionsUsed = () => new Set(api.requests.map((request) => request.connection)).size;

  it('an answer is its status, its headers and its body', async () => {
    api.failNext(answer(418, 'Grüße', { 'x-kind': 'teapot' }));

    expect(await get()).toMatchObject({ status: 418, headers: { 'x-kind': 'teapot' }, body: 'Grüße' });
  });

  it('the protocol is the one that the server speaks', async () => {
    await get();

    expect(api.requests[0]?.protocol).toBe(protocol);
  });

  it('a request with a body is a POST of JSON', async () => {
    await connection.send({ path, headers: { accept: 'application/json' }, body: { name: 'Grüße' } }, inTime);
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

  it('a connection that could not be made ahead is made for the request', async () => {
    const link = await openApiLink(api.url.href);
    const linked = new ClusterConnection({ url: new URL(link.url), ca: api.ca });
    await link.cut();
    await linked.prepare();
    await link.restore();

    expect(await linked.send({ path, headers: {} }, inTime)).toMatchObject({ status: 200 });
    linked.close();
    await link.close();
  });

  it('the connection is kept for the next request', async () => {
    await get();
    await get();

    expect(connectionsUsed()).toBe(1);
  });

  it.each([
    { what: 'went unused for a minute', shift: 60_000 },
    { what: 'was used in the future, because the clock was set back', shift: -1000 },
  ])('a connection that $what is not used again', async ({ shift }) => {
    await get();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + shift });
    await get();

    expect(connectionsUsed()).toBe(2);
  });

  it('a connection that is used again and again is kept for longer than a minute', async () => {
    await get();
    vi.useFakeTimers({ toFake: ['Date'] });
    for (let minute = 0; minute < 3; minute++) {
      vi.setSystemTime(Date.now() + 59_000);
      await get();
    }

    expect(connectionsUsed()).toBe(1);
  });

  it('a connection that the server closed while it was idle is replaced without a failure', async () => {
    await get();
    await api.dropConnections();

    expect(await get()).toMatchObject({ status: 200 });
    expect(connectionsUsed()).toBe(2);
  });

  it.each([
    { what: 'says its length', fault: resetMidBody },
    { what: 'does not say its length', fault: resetMidStream },
  ])(
    'an answer that $what and is cut off fails, and the next request has a connection of its own',
    async ({ fault }) => {
      api.failNext(fault);

      await expect(get()).rejects.toThrow();
      expect(await get()).toMatchObject({ status: 200 });
      expect(connectionsUsed()).toBe(2);
    },
  );

  it.each<{ what: string; fault: Fault }>([
    { what: 'answered', fault: hang },
    { what: 'answered to the end', fault: hangMidBody },
  ])('a request that is not $what stops with its signal', async ({ fault }) => {
    api.failNext(fault);
    const giveUp = new AbortController();

    const pending = get(giveUp.signal);
    await expect.poll(() => api.requests.length).toBe(1);
    giveUp.abort(new Error('out of time'));

    await expect(pending).rejects.toThrow();
  });

  it('a request whose signal is over from the start is not made', async () => {
    await expect(get(AbortSignal.abort(new Error('out of time')))).rejects.toThrow('out of time');
    expect(api.requests).toEqual([]);
  });

  it('a signal that ends while the connection is being made gives up the connection', async () => {
    const giveUp = new AbortController();

    const pending = get(giveUp.signal);
    giveUp.abort(new Error('out of time'));

    await expect(pending).rejects.toThrow('out of time');
    expect(await get()).toMatchObject({ status: 200 });
  });

  it('a connection that is closed still brings what was asked for before', async () => {
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

  it('a connection can be closed before it was ever made, and twice', async () => {
    connection.close();
    await get();
    connection.close();
    connection.close();

    expect(await get()).toMatchObject({ status: 200 });
    expect(connectionsUsed()).toBe(2);
  });
});

describe('an HTTP/1.1 server', () => {
  it('that changes the protocol in place of an answer fails the request at once', async () => {
    await using api = await FakeKubeApi.start({ protocol: 'HTTP/1.1' });
    api.failNext((_, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: spdy/3.1\r\n\r\n');
    });
    const connection = new ClusterConnection({ url: api.url, ca: api.ca });

    await expect(connection.send({ path, headers: {} }, inTime)).rejects.toMatchObject({ code: 'answer-cut-off' });
    expect(await connection.send({ path, headers: {} }, inTime)).toMatchObject({ status: 404 });
    connection.close();
  });
});

describe('one HTTP/2 connection', () => {
  it('carries requests side by side from the start', async () => {
    await using api = await FakeKubeApi.start();
    api.serve(path);
    const connection = new ClusterConnection({ url: api.url, ca: api.ca });

    await Promise.all(Array.from({ length: 4 }, () => connection.send({ path, headers: {} }, inTime)));
    connection.close();

    expect(api.accepted).toBe(1);
    expect(api.requests).toHaveLength(4);
  });

  it('still brings what was asked for before the server says goodbye', async () => {
    await using api = await FakeKubeApi.start();
    const late: (() => void)[] = [];
    api.failNext((response, socket) => void late.push(() => answer(200, 'late')(response, socket)));
    const connection = new ClusterConnection({ url: api.url, ca: api.ca });

    const pending = connection.send({ path, headers: {} }, inTime);
    await expect.poll(() => late.length).toBe(1);
    const gone = api.goAway();
    for (const send of late) send();

    expect(await pending).toMatchObject({ status: 200, body: 'late' });
    await gone;
    connection.close();
  });

  it('is left without a failure once the server says goodbye', async () => {
    await using api = await FakeKubeApi.start();
    api.serve(path);
    const connection = new ClusterConnection({ url: api.url, ca: api.ca });
    await connection.send({ path, headers: {} }, inTime);

    await api.goAway();
    const after = await connection.send({ path, headers: {} }, inTime);
    connection.close();

    expect(after.status).toBe(200);
    expect(api.accepted).toBe(2);
  });
});
