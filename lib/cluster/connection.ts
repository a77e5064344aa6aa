// The connection to the API server: TLS that is always verified, HTTP/2 where the server speaks it, one at a time.

import http2 from 'node:http2';
import type { Agent } from 'node:https';
import { isIP } from 'node:net';
import type { Readable } from 'node:stream';
import tls from 'node:tls';
import { CwiiError } from '../errors.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Endpoint {
  readonly url: URL;
  /** PEM; undefined: the roots that Node.js trusts. */
  readonly ca: string | undefined;
}

/** Metadata of one object; the API server itself keeps an object below 1.5 MiB. */
const LARGEST_BODY = 4 * 1024 * 1024;

/**
 * Reuse ends before the API server's own idle timeout (90 s), and long before a load balancer's or a NAT gateway's
 * (350 s on AWS): a sandbox that was frozen finds its sockets dead without being told.
 */
const LONGEST_IDLE_MS = 60_000;

/** A request on a retired connection may still finish; after this it is cut. */
const RETIREMENT_MS = 10_000;

type Headers = Readonly<Record<string, string>>;

interface Transport {
  readonly usable: boolean;
  get(path: string, headers: Headers, signal: AbortSignal): Promise<Answer>;
  /** Takes no more requests. */
  retire(): void;
}

interface Connection {
  readonly ready: Promise<Transport>;
  transport: Transport | undefined;
  lastUsed: number;
  readonly abandon: AbortController;
}

/** Gets paths from one API server over one kept connection, which is replaced after any failure. */
export class ClusterConnection {
  readonly #endpoint: Endpoint;
  #current: Connection | undefined;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** Follows no redirect. Rejects with what went wrong on the connection, or with the signal's reason. */
  async get(path: string, headers: Headers, signal: AbortSignal): Promise<Answer> {
    const connection = this.#reusable() ?? this.#open();
    try {
      const transport = await abortable(connection.ready, signal);
      const answer = await transport.get(path, headers, signal);
      connection.lastUsed = Date.now();
      return answer;
    } catch (error) {
      this.#discard(connection);
      throw error;
    }
  }

  close(): void {
    if (this.#current) this.#discard(this.#current);
  }

  #reusable(): Connection | undefined {
    const connection = this.#current;
    if (!connection) return undefined;
    // The wall clock, because a frozen sandbox's monotonic clock may stand still. Set back, it counts as long ago.
    const idle = Date.now() - connection.lastUsed;
    const dead = connection.transport?.usable === false;
    if (!dead && idle >= 0 && idle < LONGEST_IDLE_MS) return connection;
    this.#discard(connection);
    return undefined;
  }

  #open(): Connection {
    const abandon = new AbortController();
    const connection: Connection = {
      ready: open(this.#endpoint, abandon.signal),
      transport: undefined,
      lastUsed: Date.now(),
      abandon,
    };
    connection.ready.then(
      (transport) => {
        connection.transport = transport;
        if (abandon.signal.aborted) transport.retire();
      },
      // Whoever waits for the connection gets the error; with nobody waiting there is nobody to tell.
      () => undefined,
    );
    this.#current = connection;
    return connection;
  }

  #discard(connection: Connection): void {
    if (this.#current === connection) this.#current = undefined;
    connection.abandon.abort();
    connection.transport?.retire();
  }
}

async function open(endpoint: Endpoint, signal: AbortSignal): Promise<Transport> {
  const socket = await connect(endpoint, signal);
  if (socket.alpnProtocol === 'h2') return new Http2Transport(endpoint.url, socket);
  // A proxy that speaks HTTP/1.1 only: its requests need connections of their own to run side by side.
  socket.destroy();
  return new Http1Transport(endpoint, await import('node:https'));
}

function connect({ url, ca }: Endpoint, signal: AbortSignal): Promise<tls.TLSSocket> {
  const host = hostOf(url);
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      host,
      port: Number(url.port || 443),
      ...(isIP(host) === 0 && { servername: host }),
      ...(ca !== undefined && { ca }),
      ALPNProtocols: ['h2', 'http/1.1'],
      minVersion: 'TLSv1.2',
    });
    socket.setNoDelay(true);
    const abort = () =>
      socket.destroy(new CwiiError('connection-abandoned', 'the connection was given up before it was made'));
    signal.addEventListener('abort', abort, { once: true });
    socket.once('secureConnect', () => {
      signal.removeEventListener('abort', abort);
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/** The host for sockets: URLs write IPv6 addresses in brackets. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

class Http2Transport implements Transport {
  readonly #session: http2.ClientHttp2Session;

  constructor(url: URL, socket: tls.TLSSocket) {
    this.#session = http2.connect(url.origin, { createConnection: () => socket });
    // The streams that were open carry the error to whoever waits; an idle session's end only makes it unusable.
    this.#session.on('error', () => undefined);
    // An idle connection keeps no process alive; a request in flight is held by its deadline's timer.
    this.#session.unref();
  }

  get usable(): boolean {
    return !this.#session.closed && !this.#session.destroyed;
  }

  async get(path: string, headers: Headers, signal: AbortSignal): Promise<Answer> {
    const stream = this.#session.request({ ':method': 'GET', ':path': path, ...headers }, { endStream: true, signal });
    let answered: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader = {};
    stream.once('response', (received) => {
      answered = received;
    });
    const body = await readBody(stream);
    if (answered[':status'] === undefined) throw cutOff();
    return { status: answered[':status'], headers: answered, body };
  }

  retire(): void {
    if (this.#session.destroyed) return;
    this.#session.close();
    setTimeout(() => this.#session.destroy(), RETIREMENT_MS).unref();
  }
}

class Http1Transport implements Transport {
  readonly usable = true;
  readonly #endpoint: Endpoint;
  readonly #https: typeof import('node:https');
  readonly #agent: Agent;

  /** @param https loaded by the caller, because most clusters never need it. */
  constructor(endpoint: Endpoint, https: typeof import('node:https')) {
    this.#endpoint = endpoint;
    this.#https = https;
    this.#agent = new https.Agent({ keepAlive: true, maxSockets: 8, timeout: LONGEST_IDLE_MS });
  }

  get(path: string, headers: Headers, signal: AbortSignal): Promise<Answer> {
    const { url, ca } = this.#endpoint;
    return new Promise((resolve, reject) => {
      const request = this.#https.get({
        host: hostOf(url),
        port: Number(url.port || 443),
        path,
        headers,
        agent: this.#agent,
        signal,
        ...(ca !== undefined && { ca }),
      });
      request.once('error', reject);
      request.once('response', (response) => {
        readBody(response).then(
          (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
          reject,
        );
      });
    });
  }

  retire(): void {
    this.#agent.destroy();
  }
}

/** The whole body as UTF-8. Rejects when it is cut off or too large, and then reads no more. */
function readBody(stream: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > LARGEST_BODY)
        stream.destroy(new CwiiError('answer-too-large', `the answer is larger than ${LARGEST_BODY} bytes`));
      else chunks.push(chunk);
    });
    stream.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    stream.once('error', reject);
    // Without an end or an error before it, the connection was lost on the way.
    stream.once('close', () => reject(cutOff()));
  });
}

function cutOff(): CwiiError {
  return new CwiiError('answer-cut-off', 'the connection closed before the answer was complete');
}

function abortable<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
