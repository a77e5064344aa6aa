// A TCP link to the API server that tests can break: it refuses connections, or goes silent.

import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../ports.ts';

export interface ApiLink {
  /** The URL of the API server through this link. */
  readonly url: string;
  /** Resets the open connections and refuses new ones. */
  cut(): Promise<void>;
  /** Still accepts connections, but forwards nothing any more. */
  silence(): void;
  /** Only open connections go silent, like those of a sandbox that was frozen. */
  silenceOpenConnections(): void;
  /** Forwards everything again, on new connections. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

export async function openApiLink(apiServer: string): Promise<ApiLink> {
  const target = new URL(apiServer);
  const port = await freePort();
  const open = new Set<Socket>();
  let silent = false;

  const relay = (client: Socket) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from);
      if (!silent) from.pipe(to);
      // The close event follows and closes the other side.
      from.on('error', () => undefined);
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
    }
  };
  let server: Server | undefined = await listen(port, relay);

  const silenceOpenConnections = () => {
    for (const socket of open) socket.unpipe().pause();
  };
  const reset = () => {
    for (const socket of open) socket.resetAndDestroy();
  };
  const cut = async () => {
    const closing = server;
    server = undefined;
    const closed = closing && new Promise((resolve) => closing.close(resolve));
    reset();
    await closed;
  };
  return {
    url: `https://127.0.0.1:${port}`,
    cut,
    silence: () => {
      silent = true;
      silenceOpenConnections();
    },
    silenceOpenConnections,
    restore: async () => {
      silent = false;
      reset();
      server ??= await listen(port, relay);
    },
    close: cut,
  };
}

function listen(port: number, accept: (client: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(accept);
    server.once('error', (cause) => reject(new Error(`the link cannot listen on 127.0.0.1:${port}`, { cause })));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
