// A proxy for HTTPS (RFC 9110, CONNECT) that leads to fakes on loopback in place of the hosts of services.
//
// SDKs of every language read HTTPS_PROXY. TLS still checks the name of the service's host.

import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ConnectProxy {
  readonly url: string;
  /** Hosts without a fake to which a program wanted to connect. */
  readonly unexpected: ReadonlySet<string>;
  stop(): Promise<void>;
}

/** @param ports the port of each host's fake. */
export async function startConnectProxy(ports: Readonly<Record<string, number>>): Promise<ConnectProxy> {
  const unexpected = new Set<string>();
  const sockets = new Set<Socket>();
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connection', (socket) => sockets.add(socket));
  server.on('connect', ({ url = '' }, client: Socket) => {
    const port = url.endsWith(':443') ? ports[url.slice(0, -':443'.length)] : undefined;
    if (port === undefined) {
      unexpected.add(url);
      client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      return;
    }
    const fake = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      fake.pipe(client).pipe(fake);
    });
    for (const [one, other] of [
      [fake, client],
      [client, fake],
    ] as const)
      one.on('error', () => other.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    unexpected,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
