// Knows what becomes of a connection between its handshake and its first request.

import tls from 'node:tls';
import { describe, expect, it, vi } from 'vitest';
import { ClusterConnection } from '../../../../lib/cluster/http/connection.ts';
import { FakeKubeApi } from '../../../fakes/kube-api.ts';

const path = '/api/v1/namespaces/shop';
const inTime = new AbortController().signal;

describe('a connection', () => {
  it('can be made ahead of the first request, which then uses it', async () => {
    await using api = (await FakeKubeApi.start()).serve(path);
    const connection = new ClusterConnection({ url: api.url, ca: api.ca });
    await connection.prepare();
    await vi.waitFor(() => expect(api.accepted).toBe(1), 60_000);
    await connection.send({ path, headers: {} }, inTime);
    connection.close();

    expect(api.accepted).toBe(1);
  });

  it('that breaks between its handshake and its first request fails that request, and nothing else', async () => {
    await using api = (await FakeKubeApi.start()).serve(path);
    const connection = new ClusterConnection({ url: api.url, ca: api.ca });
    const { connect } = tls;
    const breaking = vi.spyOn(tls, 'connect').mockImplementation((...options) => {
      const socket = connect(...options);
      const breakOff = () => socket.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
      // Before those who waited for the handshake are told of it.
      return socket.once('secureConnect', () => process.nextTick(breakOff));
    });
    const broken = connection.send({ path, headers: {} }, inTime);
    await expect(broken).rejects.toMatchObject({ code: 'answer-cut-off' });
    breaking.mockRestore();

    expect(await connection.send({ path, headers: {} }, inTime)).toMatchObject({ status: 200 });
    connection.close();
  });
});
