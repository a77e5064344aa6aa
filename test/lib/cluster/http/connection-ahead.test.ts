// Tests of a connection between its handshake and its first request.

import tls from 'node:tls';
import { describe, expect, it, vi } from 'vitest';
import { ClusterConnection } from '../../../../lib/cluster/http/connection.ts';
import { FakeKubeApi } from '../../../fakes/kube-api.ts';

const path = '/api/v1/namespaces/shop';
const noLimit = new AbortController().signal;

describe('a connection', () => {
  it('is made before the first request, which then uses it', async () => {
    await using api = (await FakeKubeApi.start()).serve(path);
    const connection = new ClusterConnection({ url: api.url, ca: api.ca });
    await connection.prepare();
    await vi.waitFor(() => expect(api.accepted).toBe(1), 60_000);
    await connection.send({ path, headers: {} }, noLimit);
    connection.close();

    expect(api.accepted).toBe(1);
  });

  it('that breaks before its first request fails only that request', async () => {
    await using api = (await FakeKubeApi.start()).serve(path);
    const connection = new ClusterConnection({ url: api.url, ca: api.ca });
    const { connect } = tls;
    const breaking = vi.spyOn(tls, 'connect').mockImplementation((...options) => {
      const socket = connect(...options);
      const destroy = () => socket.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
      // Before the code that waits for the handshake continues.
      return socket.once('secureConnect', () => process.nextTick(destroy));
    });
    const broken = connection.send({ path, headers: {} }, noLimit);
    await expect(broken).rejects.toMatchObject({ code: 'answer-cut-off' });
    breaking.mockRestore();

    expect(await connection.send({ path, headers: {} }, noLimit)).toMatchObject({ status: 200 });
    connection.close();
  });
});
