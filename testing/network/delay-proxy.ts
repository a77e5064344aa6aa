// Knows how a TCP connection over a long link is imitated on loopback, so that tests and benchmarks pay for round trips
// as they would between AWS and a data centre.
//
// How faithful it is, with R the round trip. On loopback the kernel completes the client's connect at once, so the one
// round trip that it costs on a real link is charged to the client's first bytes: they leave R after the connect. From
// there every byte takes R/2 each way. Connect + TLS 1.3 + request + answer cost 3 R (TLS 1.2: 4 R), a request on a
// kept connection 1 R, all as on a real link; only a `connect` event is early by R. A connection that the target
// refuses looks reset after R rather than refused. Not imitated: bandwidth, loss, jitter, and slow start (a first answer
// of more than about 14 KB would cost further round trips).
import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';
import { freePort } from '../ports.ts';
import { createDelayLine } from './delay-line.ts';

export interface DelayProxyOptions {
  readonly targetHost: string;
  readonly targetPort: number;
  readonly roundTripMs: number;
}

export interface DelayProxy {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Connections that are open now. */
  readonly connections: number;
  /** Connections since the start: stays the same while a client keeps its connection. */
  readonly accepted: number;
  /** Resets the open connections and refuses new ones, until `restore`. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  close(): Promise<void>;
}

export async function startDelayProxy({ targetHost, targetPort, roundTripMs }: DelayProxyOptions): Promise<DelayProxy> {
  const port = await freePort();
  const open = new Set<Link>();
  let accepted = 0;
  const accept = (client: Socket) => {
    accepted += 1;
    const link = createLink(client, { host: targetHost, port: targetPort }, roundTripMs, () => open.delete(link));
    open.add(link);
  };
  let server: Server | undefined = await listen(port, accept);
  const cut = async () => {
    const closing = server;
    server = undefined;
    const closed = closing && new Promise((resolve) => closing.close(resolve));
    for (const link of open) link.reset();
    await closed;
  };
  return {
    host: '127.0.0.1',
    port,
    get connections() {
      return open.size;
    },
    get accepted() {
      return accepted;
    },
    cut,
    restore: async () => {
      server ??= await listen(port, accept);
    },
    close: cut,
  };
}

interface Link {
  reset(): void;
}

function createLink(client: Socket, target: NetConnectOpts, roundTripMs: number, onClose: () => void): Link {
  const oneWayMs = roundTripMs / 2;
  const connectedAt = performance.now() + roundTripMs;
  const toTarget = createDelayLine(oneWayMs);
  const toClient = createDelayLine(oneWayMs);
  let upstream: Socket | undefined;
  let closed = false;

  const reset = () => {
    if (closed) return;
    closed = true;
    toTarget.clear();
    toClient.clear();
    client.resetAndDestroy();
    upstream?.resetAndDestroy();
    onClose();
  };
  const closeWhenBothEnded = () => {
    if (closed || !client.closed || !upstream?.closed) return;
    closed = true;
    onClose();
  };
  // A side that broke off tells the other one as late as any byte would.
  const relay = (from: Socket, line: typeof toTarget, to: () => Socket | undefined, notBeforeMs?: number) => {
    from.setNoDelay(true);
    from.on('data', (chunk) => line.send(() => to()?.write(chunk), notBeforeMs));
    from.on('end', () => line.send(() => to()?.end(), notBeforeMs));
    from.on('error', () => line.send(reset, notBeforeMs));
    from.on('close', closeWhenBothEnded);
  };

  relay(client, toTarget, () => upstream, connectedAt);
  // The SYN takes its time too: the target sees the connection half a round trip after the client asked for it.
  toTarget.send(() => {
    upstream = connect({ ...target, allowHalfOpen: true });
    relay(upstream, toClient, () => client);
  });
  return { reset };
}

function listen(port: number, accept: (client: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true }, accept);
    server.once('error', (cause) => reject(new Error(`delay proxy cannot listen on 127.0.0.1:${port}`, { cause })));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
