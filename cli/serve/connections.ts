// Tracks the connections of the server: their limit, one request at a time on each, and their end.

import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** An API server keeps one connection, or a few under load. */
const MAX_CONNECTIONS = 1_000;

/** Connections that were closed, but whose sockets the system has not released yet. */
const CLOSING_CONNECTIONS = 100;

/** Requests that a client may send on a connection before the answer to the first. API servers send none. */
const MAX_PIPELINED = 4;

interface Connection {
  readonly key: string;
  readonly socket: Socket;
  /** Undefined during the handshake. */
  secure: TLSSocket | undefined;
  busy: boolean;
  /** Requests that wait for the answer to the first. */
  readonly waiting: (() => void)[];
  /** No other request is handled on this connection. */
  closing: boolean;
}

/** The handling of one request. */
export interface Turn {
  /** Whether the answer must close the connection. */
  readonly isLast: () => boolean;
  /** Call it when the answer was sent, or cannot be sent. */
  readonly end: (result: {
    /** The connection is not closed to make room for others. */
    readonly authenticated: boolean;
    /** The answer closes the connection. */
    readonly closed: boolean;
  }) => void;
}

export class Connections {
  readonly #max: number;
  readonly #all = new Map<string, Connection>();
  readonly #bySocket = new WeakMap<Socket, Connection>();
  /** In the order of their arrival. */
  readonly #unauthenticated = new Set<Connection>();
  #draining = false;
  #rejected = 0;
  #busy = 0;

  constructor(server: Server, max = MAX_CONNECTIONS) {
    this.#max = max;
    server.maxConnections = max + CLOSING_CONNECTIONS;
    server.on('connection', (socket) => this.#add(socket as Socket));
    server.on('drop', () => void this.#rejected++);
    server.on('secureConnection', (secure) => this.#secured(secure));
  }

  get count(): number {
    return this.#all.size;
  }

  /** Connections that were closed because there were too many. */
  get rejected(): number {
    return this.#rejected;
  }

  /** Requests that are handled now. */
  get requests(): number {
    return this.#busy;
  }

  /** Handles the request now, or after those that came before it on its connection. */
  schedule(request: IncomingMessage, handle: (turn: Turn) => void): void {
    const connection = this.#bySocket.get(request.socket);
    if (!connection || connection.closing) return;
    const start = () => {
      connection.busy = true;
      this.#busy++;
      handle(this.#turnOn(connection));
    };
    if (!connection.busy) start();
    else if (connection.waiting.length < MAX_PIPELINED) connection.waiting.push(start);
    else connection.closing = true;
  }

  #turnOn(connection: Connection): Turn {
    return {
      isLast: () => connection.closing || this.#draining,
      end: ({ authenticated, closed }) => {
        connection.busy = false;
        this.#busy--;
        connection.closing ||= closed;
        if (authenticated) this.#unauthenticated.delete(connection);
        if (this.#draining) connection.secure?.destroySoon();
        else if (!connection.closing) connection.waiting.shift()?.();
      },
    };
  }

  /** Closes idle and handshaking connections. From now on, every answer closes its connection. */
  drain(): void {
    this.#draining = true;
    for (const { busy, socket } of this.#all.values()) if (!busy) socket.destroy();
  }

  destroy(): void {
    for (const { socket } of this.#all.values()) socket.destroy();
  }

  #add(socket: Socket): void {
    if (this.#all.size >= this.#max && !this.#makeRoom()) {
      this.#rejected++;
      socket.destroy();
      return;
    }
    const key = keyOf(socket);
    const connection: Connection = { key, socket, secure: undefined, busy: false, waiting: [], closing: false };
    this.#all.set(key, connection);
    this.#unauthenticated.add(connection);
    socket.once('close', () => this.#remove(connection));
  }

  /**
   * Closes the oldest connection without an authenticated request, so that unknown callers cannot keep the
   * API server out.
   */
  #makeRoom(): boolean {
    const [oldest] = this.#unauthenticated;
    if (!oldest) return false;
    this.#rejected++;
    this.#remove(oldest);
    oldest.socket.destroy();
    return true;
  }

  #remove(connection: Connection): void {
    this.#unauthenticated.delete(connection);
    if (this.#all.get(connection.key) === connection) this.#all.delete(connection.key);
  }

  /** A request has the TLS socket, and not the socket below it. */
  #secured(secure: TLSSocket): void {
    const connection = this.#all.get(keyOf(secure));
    if (!connection) return void secure.destroy();
    connection.secure = secure;
    this.#bySocket.set(secure, connection);
  }
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
