// Knows which servers the connection refuses: nothing is sent to one whose certificate is not right.

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
  it('whose certificate is of another authority is refused', async () => {
    await using api = await FakeKubeApi.start({ protocol });
    const another = await createTestAuthority();

    await expect(get(api.url, another.certPem)).rejects.toMatchObject({ code: expect.stringContaining('VERIFY') });
    expect(api.requests).toEqual([]);
  });

  it('is refused where no authority is configured and no public one signed', async () => {
    await using api = await FakeKubeApi.start({ protocol });

    await expect(get(api.url, undefined)).rejects.toMatchObject({ code: expect.stringContaining('VERIFY') });
    expect(api.requests).toEqual([]);
  });

  it.each<{ what: string; make: () => Promise<NonNullable<KubeApiOptions['certificate']>>; code: string }>([
    { what: 'has expired', make: expiredCertificate, code: 'CERT_HAS_EXPIRED' },
    { what: 'is for another host', make: certificateOfAnotherHost, code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
  ])('whose certificate $what is refused', async ({ make, code }) => {
    await using api = await FakeKubeApi.start({ protocol, certificate: await make() });

    await expect(get(api.url, api.ca)).rejects.toMatchObject({ code });
    expect(api.requests).toEqual([]);
  });

  it('is found by its name, with the name checked', async () => {
    await using api = await FakeKubeApi.start({ protocol });
    const byName = new URL(`https://localhost:${api.url.port}`);

    expect(await get(byName, api.ca)).toMatchObject({ status: 404 });
    expect(api.requests).toHaveLength(1);
  });

  it('at an IPv6 address is found', async () => {
    const certificate = await certificateOfIpv6Loopback();
    await using api = await FakeKubeApi.start({ protocol, certificate, host: '::1' });

    expect(await get(api.url, api.ca)).toMatchObject({ status: 404 });
  });
});

describe('a server over HTTP/1.1 only', () => {
  it('whose certificate is right on the first connection and another one on the next is sent nothing', async () => {
    await using api = await FakeKubeApi.start({ protocol: 'HTTP/1.1' });
    await using stranger = await FakeKubeApi.start({ protocol: 'HTTP/1.1' });
    // The first shows which protocol is spoken; requests have connections of their own then.
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
  it('where nobody listens is a refused connection', async () => {
    const { certPem } = await createTestAuthority();

    await expect(get(new URL(`https://127.0.0.1:${CLOSED_PORT}`), certPem)).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  it('that accepts and says nothing is given up with the signal', async () => {
    await using silent = await listen(() => undefined);

    await expect(get(silent.url, undefined, AbortSignal.timeout(50))).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('that closes before the handshake is over fails', async () => {
    await using closing = await listen((socket) => socket.end());

    await expect(get(closing.url, undefined)).rejects.toThrow();
  });
});

async function listen(meet: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    meet(socket);
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
