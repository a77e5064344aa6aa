// Tests of certificate verification: nothing is sent to a server with an invalid certificate.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ClusterConnection } from '../../../../lib/cluster/http/connection.ts';
import { createTestAuthority } from '../../../../testing/certificates.ts';
import { CLOSED_PORT } from '../../../../testing/ports.ts';
import { FakeKubeApi, type KubeApiOptions } from '../../../fakes/kube-api.ts';
import {
  certificateOfAnotherHost,
  certificateOfIpv6Loopback,
  expiredCertificate,
} from '../../../fakes/odd-certificates.ts';

const path = '/api/v1/namespaces/shop';

async function get(url: URL, ca: string | undefined, signal = new AbortController().signal) {
  const connection = new ClusterConnection({ url, ca });
  try {
    return await connection.send({ path, headers: { authorization: 'Bearer secret' } }, signal);
  } finally {
    connection.close();
  }
}

describe.each(['HTTP/2', 'HTTP/1.1'] as const)('a server over %s', (protocol) => {
  it('is rejected if another authority signed its certificate', async () => {
    await using api = await FakeKubeApi.start({ protocol });
    const another = await createTestAuthority();

    await expect(get(api.url, another.certPem)).rejects.toMatchObject({ code: expect.stringContaining('VERIFY') });
    expect(api.requests).toEqual([]);
  });

  it('is rejected if no authority is configured and no public one signed its certificate', async () => {
    await using api = await FakeKubeApi.start({ protocol });

    await expect(get(api.url, undefined)).rejects.toMatchObject({ code: expect.stringContaining('VERIFY') });
    expect(api.requests).toEqual([]);
  });

  it.each<{ what: string; make: () => Promise<NonNullable<KubeApiOptions['certificate']>>; code: string }>([
    { what: 'has expired', make: expiredCertificate, code: 'CERT_HAS_EXPIRED' },
    { what: 'is for another host', make: certificateOfAnotherHost, code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
  ])('is rejected if its certificate $what', async ({ make, code }) => {
    await using api = await FakeKubeApi.start({ protocol, certificate: await make() });

    await expect(get(api.url, api.ca)).rejects.toMatchObject({ code });
    expect(api.requests).toEqual([]);
  });

  it('is reached by name, and its name is verified', async () => {
    await using api = await FakeKubeApi.start({ protocol });
    const byName = new URL(`https://localhost:${api.url.port}`);

    expect(await get(byName, api.ca)).toMatchObject({ status: 404 });
    expect(api.requests).toHaveLength(1);
  });

  it('is reached at an IPv6 address', async () => {
    const certificate = await certificateOfIpv6Loopback();
    await using api = await FakeKubeApi.start({ protocol, certificate, host: '::1' });

    expect(await get(api.url, api.ca)).toMatchObject({ status: 404 });
  });
});

describe('a server over HTTP/1.1 only', () => {
  it('gets no request if its certificate is valid on the first connection but not on the next', async () => {
    await using api = await FakeKubeApi.start({ protocol: 'HTTP/1.1' });
    await using stranger = await FakeKubeApi.start({ protocol: 'HTTP/1.1' });
    // The first connection negotiates the protocol; requests then use connections of their own.
    const ports = [api.url.port];
    await using between = await listen((socket) => {
      const there = connect(Number(ports.shift() ?? stranger.url.port), '127.0.0.1').on('error', () => undefined);
      socket.once('close', () => there.destroy());
      socket.pipe(there).pipe(socket);
    });

    await expect(get(between.url, api.ca)).rejects.toMatchObject({ code: expect.stringContaining('VERIFY') });
    expect([...api.requests, ...stranger.requests]).toEqual([]);
  });
});

describe('an address', () => {
  it('without a listener refuses the connection', async () => {
    const { certPem } = await createTestAuthority();

    await expect(get(new URL(`https://127.0.0.1:${CLOSED_PORT}`), certPem)).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  it('that accepts and never answers fails when the signal aborts', async () => {
    await using silent = await listen(() => undefined);

    await expect(get(silent.url, undefined, AbortSignal.timeout(50))).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('that closes during the handshake fails', async () => {
    await using closing = await listen((socket) => socket.end());

    await expect(get(closing.url, undefined)).rejects.toThrow();
  });
});

async function listen(onSocket: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
