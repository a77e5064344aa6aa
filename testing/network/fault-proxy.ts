// Stands between the function and a real API server, ends TLS as it does (HTTP/2, and HTTP/1.1 for who asks), and hands
// requests on, or lets them meet a fault.

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
  /** Only requests to a path that matches. */
  readonly of?: RegExp;
  /** Only the first so many of them. */
  readonly times?: number;
}

export interface FaultProxy {
  readonly url: string;
  /** TLS connections that are open now. */
  readonly connections: number;
  /** TLS connections since the start. */
  readonly accepted: number;
  /** Requests since the start. */
  readonly requests: number;
  /** From now on requests meet the fault; it takes the place of the one before. */
  fail(fault: Fault, scope?: FaultScope): void;
  /** Hands everything on again. */
  heal(): void;
  /** Shows another certificate, on new connections: those that are open are closed. */
  present(certificate: ServerCertificate): Promise<void>;
  /** Closes the open connections, as an idle timeout on the way does. */
  dropConnections(): Promise<void>;
  close(): Promise<void>;
}

type Exchange = Response & NodeJS.EventEmitter;

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { apiServer, certificate } = options;
  const target = new URL(apiServer.url);
  const agent = new https.Agent({ ca: apiServer.caPem, keepAlive: true });
  const open = new Map<number, Socket>();
  let accepted = 0;
  let requests = 0;
  let failing: { readonly fault: Fault; readonly of: RegExp; left: number } | undefined;

  const tls = { cert: certificate.certPem, key: certificate.keyPem };
  const server = options.http1Only ? https.createServer(tls) : http2.createSecureServer({ ...tls, allowHTTP1: true });
  server.on('secureConnection', (socket: Socket) => {
    const port = socket.remotePort ?? 0;
    accepted += 1;
    open.set(port, socket);
    socket.once('close', () => open.delete(port));
    socket.on('error', () => undefined);
  });
  server.on('session', (session: http2.ServerHttp2Session) => void session.on('error', () => undefined));
  // A client that refuses the certificate is what some faults are about.
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
    } else handOn(request, response as unknown as ServerResponse);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  function handOn(request: IncomingMessage, response: ServerResponse): void {
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => isOfRequest(name)));
    const upstream = https.request(
      { host: target.hostname, port: target.port, method: request.method, path: request.url, headers, agent },
      (answer) => {
        const sent = Object.entries(answer.headers).filter(([name]) => isOfRequest(name));
        response.writeHead(answer.statusCode ?? 502, Object.fromEntries(sent) as Record<string, string>);
        answer.pipe(response);
      },
    );
    // The API server is under test too: where it breaks off, so does this.
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
    get accepted() {
      return accepted;
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

/** Neither of one connection only, nor a pseudo-header of HTTP/2. */
function isOfRequest(header: string): boolean {
  return !header.startsWith(':') && !['connection', 'keep-alive', 'transfer-encoding', 'host'].includes(header);
}
