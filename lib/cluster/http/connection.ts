// The kept connection to the API server: verified TLS, HTTP/2 if the server supports it, otherwise HTTP/1.1.

import type { TLSSocket } from 'node:tls';
import { abortable } from '../../common/deadline.ts';
import { CwiiError } from '../../common/errors.ts';
import type { Endpoint } from '../../settings/cluster-credential.ts';
import { Http1Transport } from './http1-transport.ts';
import { Http2Transport } from './http2-transport.ts';
import { type Answer, hostOf, IncompleteAnswerError, type Request, type Transport } from './transport.ts';

/**
 * A connection is not reused after this time. It is shorter than the API server's idle timeout (90 s), and
 * much shorter than that of a load balancer or a NAT gateway (350 s on AWS): after a sandbox was frozen,
 * nothing tells it that its sockets are dead.
 */
const MAX_IDLE_MS = 60_000;

interface Connection {
  readonly ready: Promise<Transport>;
  transport: Transport | undefined;
  /** Date.now() of the last answer. */
  lastUsed: number;
  /**
   * Requests in flight. A discarded connection is closed after the last of them, so that the others can
   * finish.
   */
  users: number;
  discarded: boolean;
  readonly abandon: AbortController;
}

export interface ConnectedAnswer extends Answer {
  /** Makes later requests use a new connection. */
  readonly discardConnection: () => void;
}

/** Sends requests to one API server over one kept connection, which is replaced after any failure. */
export class ClusterConnection {
  readonly #endpoint: Endpoint;
  #current: Connection | undefined;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  get url(): URL {
    return this.#endpoint.url;
  }

  /**
   * Does not follow redirects. Rejects with the connection's error, or with the signal's reason.
   *
   * @param hedgeSignal if it aborts before the answer, later requests get a new connection; this request goes
   * on.
   */
  async send(request: Request, signal: AbortSignal, hedgeSignal?: AbortSignal): Promise<ConnectedAnswer> {
    const connection = this.#reusable() ?? this.#open();
    connection.users++;
    const discard = () => this.#discard(connection);
    hedgeSignal?.addEventListener('abort', discard, { once: true });
    try {
      const transport = await abortable(connection.ready, signal);
      const answer = await transport.send(request, signal);
      connection.lastUsed = Date.now();
      return { ...answer, discardConnection: discard };
    } catch (error) {
      this.#discard(connection);
      throw error;
    } finally {
      hedgeSignal?.removeEventListener('abort', discard);
      connection.users--;
      if (connection.discarded) endIfUnused(connection);
    }
  }

  /** Connects before the first request. Never rejects: if it fails, the first request connects again. */
  async prepare(): Promise<void> {
    const { ready } = this.#reusable() ?? this.#open();
    await ready.catch(() => undefined);
  }

  close(): void {
    if (this.#current) this.#discard(this.#current);
  }

  #reusable(): Connection | undefined {
    const connection = this.#current;
    if (!connection) return undefined;
    // The wall clock, because the monotonic clock of a frozen sandbox may stop. A clock that was set back
    // makes the time negative; the connection is then not reused either.
    const idle = Date.now() - connection.lastUsed;
    const dead = connection.transport?.usable === false;
    if (!dead && idle >= 0 && idle < MAX_IDLE_MS) return connection;
    this.#discard(connection);
    return undefined;
  }

  #open(): Connection {
    const abandon = new AbortController();
    const connection: Connection = {
      ready: open(this.#endpoint, abandon.signal),
      transport: undefined,
      lastUsed: Date.now(),
      users: 0,
      discarded: false,
      abandon,
    };
    connection.ready.then(
      (transport) => {
        connection.transport = transport;
        if (abandon.signal.aborted) transport.end();
      },
      // Requests that wait for the connection get the error themselves.
      () => this.#discard(connection),
    );
    this.#current = connection;
    return connection;
  }

  #discard(connection: Connection): void {
    if (this.#current === connection) this.#current = undefined;
    connection.discarded = true;
    endIfUnused(connection);
  }
}

function endIfUnused({ users, abandon, transport }: Connection): void {
  if (users > 0) return;
  abandon.abort();
  transport?.end();
}

async function open(endpoint: Endpoint, signal: AbortSignal): Promise<Transport> {
  // Loaded here, because a function that does not read the cluster does not need it.
  const [{ default: tls }, { isIP }] = await Promise.all([import('node:tls'), import('node:net')]);
  if (signal.aborted) throw signal.reason;
  const connected = connect(tls, isIP, endpoint, signal);
  // Loading node:http2 takes milliseconds; the TLS handshake runs at the same time.
  const [socket, http2] = await Promise.all([connected, import('node:http2')]);
  if (socket.destroyed) throw new IncompleteAnswerError();
  if (socket.alpnProtocol === 'h2') return new Http2Transport(endpoint.url, socket, http2);
  // A proxy that supports only HTTP/1.1: parallel requests need a connection each.
  socket.destroy();
  return new Http1Transport(endpoint, await import('node:https'), MAX_IDLE_MS);
}

function connect(
  tls: typeof import('node:tls'),
  isIP: (host: string) => number,
  { url, ca }: Endpoint,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const host = hostOf(url);
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      host,
      port: Number(url.port || 443),
      ...(isIP(host) === 0 && { servername: host }),
      ...(ca !== undefined && { ca }),
      ALPNProtocols: ['h2', 'http/1.1'],
      minVersion: 'TLSv1.2',
      // Explicit, because NODE_TLS_REJECT_UNAUTHORIZED=0 would otherwise switch verification off.
      rejectUnauthorized: true,
    });
    socket.setNoDelay(true);
    const abort = () =>
      socket.destroy(new CwiiError('connection-abandoned', 'the connection was closed before it was established'));
    signal.addEventListener('abort', abort, { once: true });
    socket.once('secureConnect', () => {
      signal.removeEventListener('abort', abort);
      resolve(socket);
    });
    // Not `once`: an error without a listener would end the process, and a transport listens only once it is
    // loaded.
    socket.on('error', reject);
  });
}
