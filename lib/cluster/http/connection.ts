// The connection to the API server: TLS that is always verified, HTTP/2 where the server speaks it, one at a time.

import type { TLSSocket } from 'node:tls';
import { abortable } from '../../common/deadline.ts';
import { CwiiError } from '../../common/errors.ts';
import { Http1Transport } from './http1-transport.ts';
import { Http2Transport } from './http2-transport.ts';
import { type Answer, cutOff, type Endpoint, hostOf, type Request, type Transport } from './transport.ts';

/**
 * Reuse ends before the API server's own idle timeout (90 s), and long before a load balancer's or a NAT gateway's
 * (350 s on AWS): a sandbox that was frozen finds its sockets dead without being told.
 */
const LONGEST_IDLE_MS = 60_000;

interface Connection {
  readonly ready: Promise<Transport>;
  transport: Transport | undefined;
  /** Date.now() of the last answer. */
  lastUsed: number;
  /** Requests under way: the connection ends with the last of them, so that a failure disturbs no other request. */
  users: number;
  discarded: boolean;
  readonly abandon: AbortController;
}

/** An answer, and a way to say that its connection is not to be used again. */
export interface ConnectedAnswer extends Answer {
  readonly discardConnection: () => void;
}

/** Asks one API server over one kept connection, which is replaced after any failure. */
export class ClusterConnection {
  readonly #endpoint: Endpoint;
  #current: Connection | undefined;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /**
   * Follows no redirect. Rejects with what went wrong on the connection, or with the signal's reason.
   *
   * @param doubt when it aborts and there is no answer yet, later requests get a fresh connection; this one waits on.
   */
  async send(request: Request, signal: AbortSignal, doubt?: AbortSignal): Promise<ConnectedAnswer> {
    const connection = this.#reusable() ?? this.#open();
    connection.users++;
    const discard = () => this.#discard(connection);
    doubt?.addEventListener('abort', discard, { once: true });
    try {
      const transport = await abortable(connection.ready, signal);
      const answer = await transport.send(request, signal);
      connection.lastUsed = Date.now();
      return { ...answer, discardConnection: discard };
    } catch (error) {
      this.#discard(connection);
      throw error;
    } finally {
      doubt?.removeEventListener('abort', discard);
      connection.users--;
      if (connection.discarded) endIfUnused(connection);
    }
  }

  /** Makes the connection ahead of the first request. Never rejects: should it fail, the request makes another one. */
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
      users: 0,
      discarded: false,
      abandon,
    };
    connection.ready.then(
      (transport) => {
        connection.transport = transport;
        if (abandon.signal.aborted) transport.end();
      },
      // Whoever waits for the connection gets the error; with nobody waiting there is nobody to tell.
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
  // Loaded here, because a function without a cluster needs none of it.
  const [{ default: tls }, { isIP }] = await Promise.all([import('node:tls'), import('node:net')]);
  if (signal.aborted) throw signal.reason;
  const connected = connect(tls, isIP, endpoint, signal);
  // The code for HTTP/2 takes milliseconds to load: meanwhile the handshake is made.
  const [socket, http2] = await Promise.all([connected, import('node:http2')]);
  if (socket.destroyed) throw cutOff();
  if (socket.alpnProtocol === 'h2') return new Http2Transport(endpoint.url, socket, http2);
  // A proxy that speaks HTTP/1.1 only: its requests need connections of their own to run side by side.
  socket.destroy();
  return new Http1Transport(endpoint, await import('node:https'), LONGEST_IDLE_MS);
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
      // Said explicitly, because NODE_TLS_REJECT_UNAUTHORIZED=0 would switch it off for the whole process.
      rejectUnauthorized: true,
    });
    socket.setNoDelay(true);
    const abort = () =>
      socket.destroy(new CwiiError('connection-abandoned', 'the connection was given up before it was made'));
    signal.addEventListener('abort', abort, { once: true });
    socket.once('secureConnect', () => {
      signal.removeEventListener('abort', abort);
      resolve(socket);
    });
    // Kept, as an error that nobody hears would end the process: until a transport listens, code is still loaded.
    socket.on('error', reject);
  });
}
