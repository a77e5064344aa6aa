// A fake API server for reads: real TLS on loopback, HTTP/2 or HTTP/1.1, and faults on demand.

import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ObjectMetadata } from '../../lib/kubernetes/objects.ts';
import { createTestAuthority } from '../../testing/certificates.ts';
import { answer, type Fault, notFound, type Response } from '../../testing/network/faults.ts';

export interface SeenRequest {
  readonly method: string | undefined;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly protocol: 'HTTP/2' | 'HTTP/1.1';
  readonly body: string;
  /** Requests with the same number came on the same connection. */
  readonly connection: number;
}

export interface KubeApiOptions {
  readonly protocol?: 'HTTP/2' | 'HTTP/1.1';
  /** PEM; default: a new one for 127.0.0.1 and localhost. */
  readonly certificate?: { readonly certPem: string; readonly keyPem: string; readonly caPem: string };
  readonly host?: string;
}

export class FakeKubeApi implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  /** The authority that clients have to trust, PEM. */
  readonly ca: string;
  readonly #server: Server;
  readonly #objects = new Map<string, ObjectMetadata>();
  readonly #answers = new Map<string, Fault>();
  readonly #connections = new Map<number, { readonly number: number; readonly socket: Socket }>();
  readonly #sessions = new Set<http2.ServerHttp2Session>();
  #faults: Fault[] = [];
  #alwaysFault: Fault | undefined;
  #accepted = 0;

  static async start(options: KubeApiOptions = {}): Promise<FakeKubeApi> {
    const certificate = options.certificate ?? (await certificateOfNewAuthority());
    const api = new FakeKubeApi(certificate, options.protocol ?? 'HTTP/2');
    api.#server.listen(0, options.host ?? '127.0.0.1');
    await once(api.#server, 'listening');
    return api;
  }

  private constructor(
    { certPem, keyPem, caPem }: NonNullable<KubeApiOptions['certificate']>,
    protocol: 'HTTP/2' | 'HTTP/1.1',
  ) {
    this.ca = caPem;
    const tls = { cert: certPem, key: keyPem };
    const server =
      protocol === 'HTTP/2'
        ? http2.createSecureServer({ ...tls, allowHTTP1: true })
        : https.createServer({ ...tls, keepAliveTimeout: 60_000 });
    server.on('secureConnection', (socket: Socket) => {
      const port = socket.remotePort ?? 0;
      this.#accepted += 1;
      this.#connections.set(port, { number: this.#accepted, socket });
      socket.once('close', () => this.#connections.delete(port));
      socket.on('error', () => undefined);
    });
    server.on('session', (session: http2.ServerHttp2Session) => {
      this.#sessions.add(session);
      session.once('close', () => this.#sessions.delete(session));
      session.on('error', () => undefined);
    });
    // In some tests the client rejects the certificate or gives up.
    server.on('tlsClientError', () => undefined);
    server.on('request', (request: IncomingMessage, response: Response & NodeJS.EventEmitter) => {
      response.on('error', () => undefined);
      // A GET does not wait for a body, so that a fault happens at once.
      if (request.method === 'GET') this.#answer(request, response, '');
      else text(request).then((body) => this.#answer(request, response, body));
    });
    this.#server = server;
  }

  get url(): URL {
    const { address, port, family } = this.#server.address() as AddressInfo;
    return new URL(`https://${family === 'IPv6' ? `[${address}]` : address}:${port}`);
  }

  /** The number of accepted TLS connections, with or without a request. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Serves an object's metadata at a path of the API. */
  serve(path: string, metadata: Partial<ObjectMetadata> = {}): this {
    this.#objects.set(path, { uid: `uid of ${path}`, annotations: {}, ownerReferences: [], ...metadata });
    return this;
  }

  /** Answers requests for a path with this fault, unless another fault takes precedence. */
  answerAt(path: string, given: Fault): this {
    this.#answers.set(path, given);
    return this;
  }

  /** The next requests get these faults, in order; later ones are served. */
  failNext(...faults: Fault[]): this {
    this.#faults.push(...faults);
    return this;
  }

  failAlways(fault: Fault): this {
    this.#alwaysFault = fault;
    return this;
  }

  /** Sends GOAWAY on every connection, and waits until the clients have closed them. */
  async goAway(): Promise<void> {
    const closed = this.#closed();
    for (const session of this.#sessions) session.close();
    await closed;
  }

  /** Ends every connection at once, and waits until they are closed. */
  async dropConnections(): Promise<void> {
    const closed = this.#closed();
    for (const { socket } of this.#connections.values()) socket.end();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const { socket } of this.#connections.values()) socket.destroy();
    await closed;
  }

  async #closed(): Promise<void> {
    await Promise.all([...this.#connections.values()].map(({ socket }) => once(socket, 'close')));
  }

  #answer(request: IncomingMessage, response: Response, body: string): void {
    const connection = this.#connections.get(request.socket.remotePort ?? 0);
    if (!connection) throw new Error('a request came on an unknown connection');
    const path = request.url ?? '';
    this.requests.push({
      method: request.method,
      path,
      headers: request.headers,
      body,
      protocol: request.httpVersionMajor === 2 ? 'HTTP/2' : 'HTTP/1.1',
      connection: connection.number,
    });
    const object = this.#objects.get(path);
    const fault =
      this.#faults.shift() ??
      this.#alwaysFault ??
      this.#answers.get(path) ??
      (object ? answer(200, asServed(object)) : notFound(path));
    fault(response, connection.socket);
  }
}

function asServed(metadata: ObjectMetadata): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

async function certificateOfNewAuthority() {
  const authority = await createTestAuthority();
  return { ...(await authority.issue()), caPem: authority.certPem };
}
