// A TCP link to the API server that tests can break: it refuses connections, or goes silent.

import { connect, createServer, type Server, type Socket } from 'node:net';
import { listen, retryIfPortTaken } from '../ports.ts';

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
  let server: Server | undefined = createServer(relay);
  const port = await listen(server);

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
      if (server) return;
      const reopened = createServer(relay);
      await retryIfPortTaken(() => listen(reopened, port));
      server = reopened;
    },
    close: cut,
  };
}
