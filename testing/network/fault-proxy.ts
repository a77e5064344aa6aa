// Forwards requests to a real API server over HTTPS, or answers them with a fault.
//
// Like the API server, it speaks HTTP/2, and HTTP/1.1 with clients that ask for it.

import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { ServerCertificate } from '../certificates.ts';
import type { Fault, Response } from './faults.ts';

export interface FaultProxyOptions {
  readonly apiServer: { readonly url: string; readonly caPem: string };
  readonly certificate: ServerCertificate;
  /** Speak HTTP/1.1 only, as some load balancers do. */
  readonly http1Only?: boolean;
}

interface FaultScope {
  /** Only requests with a matching path. */
  readonly of?: RegExp;
  /** Only the first ones, up to this number. */
  readonly times?: number;
}

export interface FaultProxy {
  readonly url: string;
  /** Open TLS connections. */
  readonly connections: number;
  /** Requests since the start. */
  readonly requests: number;
  /** From now on requests get this fault, which replaces the previous one. */
  fail(fault: Fault, scope?: FaultScope): void;
  /** Forwards all requests again. */
  heal(): void;
  /** Presents another certificate, and closes open connections. */
  present(certificate: ServerCertificate): Promise<void>;
  /** Closes the open connections, as the idle timeout of a load balancer does. */
  dropConnections(): Promise<void>;
  close(): Promise<void>;
}

type Exchange = Response & NodeJS.EventEmitter;

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { apiServer, certificate } = options;
  const target = new URL(apiServer.url);
  const agent = new https.Agent({ ca: apiServer.caPem, keepAlive: true });
  const open = new Map<number, Socket>();
  let requests = 0;
  let failing: { readonly fault: Fault; readonly of: RegExp; left: number } | undefined;

  const tls = { cert: certificate.certPem, key: certificate.keyPem };
  const server = options.http1Only ? https.createServer(tls) : http2.createSecureServer({ ...tls, allowHTTP1: true });
  server.on('secureConnection', (socket: Socket) => {
    const port = socket.remotePort ?? 0;
    open.set(port, socket);
    socket.once('close', () => open.delete(port));
    socket.on('error', () => undefined);
  });
  server.on('session', (session: http2.ServerHttp2Session) => void session.on('error', () => undefined));
  // Some faults are certificates that clients reject.
  server.on('tlsClientError', () => undefined);
  server.on('request', (request: IncomingMessage, response: Exchange) => {
    requests += 1;
    response.on('error', () => undefined);
    request.on('error', () => undefined);
    const socket = open.get(request.socket.remotePort ?? 0);
    if (!socket) return;
    if (failing && failing.left > 0 && failing.of.test(request.url ?? '')) {
      failing.left -= 1;
      failing.fault(response, socket);
    } else forward(request, response as unknown as ServerResponse);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  function forward(request: IncomingMessage, response: ServerResponse): void {
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => isForwarded(name)));
    const upstream = https.request(
      { host: target.hostname, port: target.port, method: request.method, path: request.url, headers, agent },
      (answer) => {
        const sent = Object.entries(answer.headers).filter(([name]) => isForwarded(name));
        response.writeHead(answer.statusCode ?? 502, Object.fromEntries(sent) as Record<string, string>);
        answer.pipe(response);
      },
    );
    // If the API server ends the connection, this proxy does too.
    upstream.on('error', () => response.destroy());
    response.once('close', () => upstream.destroy());
    request.pipe(upstream);
  }

  const dropConnections = async () => {
    const closed = [...open.values()].map((socket) => once(socket, 'close'));
    for (const socket of open.values()) socket.destroy();
    await Promise.all(closed);
  };
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return open.size;
    },
    get requests() {
      return requests;
    },
    fail: (fault, { of = /^/, times = Number.POSITIVE_INFINITY } = {}) => {
      failing = { fault, of, left: times };
    },
    heal: () => {
      failing = undefined;
    },
    present: async ({ certPem, keyPem }) => {
      server.setSecureContext({ cert: certPem, key: keyPem });
      await dropConnections();
    },
    dropConnections,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      await dropConnections();
      await closed;
      agent.destroy();
    },
  };
}

/** Headers of one connection and pseudo-headers of HTTP/2 are not forwarded. */
function isForwarded(header: string): boolean {
  return !header.startsWith(':') && !['connection', 'keep-alive', 'transfer-encoding', 'host'].includes(header);
}
