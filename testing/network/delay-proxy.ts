// Delays every byte of a TCP connection, like a link between AWS and a data centre.
//
// With R as the round trip: on loopback the kernel completes the client's connect at once. The round trip
// that a connect costs on a real link is added to the client's first bytes: they leave R after the connect.
// After that every byte takes R/2 in each direction. As on a real link, connect + TLS 1.3 + request + answer
// take 3 R (TLS 1.2: 4 R), and a request on an open connection takes 1 R; only the `connect` event is early
// by R. A connection that the target refuses is reset after R instead of refused. Not simulated: bandwidth,
// loss, jitter, and slow start (a first answer of more than about 14 KB would take more round trips).

import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';
import { listen, retryIfPortTaken } from '../ports.ts';
import { createDelayLine } from './delay-line.ts';

export interface DelayProxyOptions {
  readonly targetHost: string;
  readonly targetPort: number;
  readonly roundTripMs: number;
}

export interface DelayProxy {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** The number of connections since the start; it stays the same while a client keeps its connection. */
  readonly accepted: number;
  /**
   * The round trips that clients waited for, without those of connects: how often a client sent something
   * after it had received something.
   */
  readonly roundTrips: number;
  /** Resets the open connections and refuses new ones, until `restore`. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  close(): Promise<void>;
}

export async function startDelayProxy({ targetHost, targetPort, roundTripMs }: DelayProxyOptions): Promise<DelayProxy> {
  const open = new Set<Link>();
  let accepted = 0;
  let roundTrips = 0;
  const accept = (client: Socket) => {
    accepted += 1;
    const link = createLink(client, { host: targetHost, port: targetPort }, roundTripMs, {
      onRoundTrip: () => {
        roundTrips += 1;
      },
      onClose: () => open.delete(link),
    });
    open.add(link);
  };
  const create = () => createServer({ allowHalfOpen: true }, accept);
  let server: Server | undefined = create();
  const port = await listen(server);
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
    get accepted() {
      return accepted;
    },
    get roundTrips() {
      return roundTrips;
    },
    cut,
    restore: async () => {
      if (server) return;
      const reopened = create();
      await retryIfPortTaken(() => listen(reopened, port));
      server = reopened;
    },
    close: cut,
  };
}

interface Link {
  reset(): void;
}

interface LinkEvents {
  onRoundTrip(): void;
  onClose(): void;
}

function createLink(
  client: Socket,
  target: NetConnectOpts,
  roundTripMs: number,
  { onRoundTrip, onClose }: LinkEvents,
): Link {
  const oneWayMs = roundTripMs / 2;
  const connectedAt = performance.now() + roundTripMs;
  const toTarget = createDelayLine(oneWayMs);
  const toClient = createDelayLine(oneWayMs);
  let upstream: Socket | undefined;
  let closed = false;
  /** Whether the client has received something since it last sent something. */
  let answered = true;

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
  // The end of one side reaches the other side with the same delay as data.
  const relay = (from: Socket, line: typeof toTarget, to: () => Socket | undefined, notBeforeMs?: number) => {
    from.setNoDelay(true);
    from.on('data', (chunk) => line.send(() => to()?.write(chunk), notBeforeMs));
    from.on('end', () => line.send(() => to()?.end(), notBeforeMs));
    from.on('error', () => line.send(reset, notBeforeMs));
    from.on('close', closeWhenBothEnded);
  };

  client.on('data', () => {
    if (answered) onRoundTrip();
    answered = false;
  });
  relay(client, toTarget, () => upstream, connectedAt);
  // The SYN is delayed too: the target sees the connection half a round trip after the client's connect.
  toTarget.send(() => {
    upstream = connect({ ...target, allowHalfOpen: true });
    relay(upstream, toClient, () => {
      answered = true;
      return client;
    });
  });
  return { reset };
}
