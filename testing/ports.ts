// Loopback ports, chosen by the system.
//
// A server of this process, and a program that reports its port, listens on port 0. Others (etcd,
// kube-apiserver, aws-iam-authenticator) must be told a port, and some URLs are written into files before
// their server starts. `reservePort` is for these: it binds port 0, and holds the port until just before the
// program binds it. In the moment between, another process can get the port, so starts are repeated with
// `retryIfPortTaken`.
//
// An outgoing connection does not get the port in that moment: on Linux, bind(0) chooses odd ports and
// connect() even ones as long as there are any (inet_csk_find_open_port and __inet_hash_connect, since Linux
// 4.2).

import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** No program listens there (tcpmux), and only root could: a connection is refused. */
export const CLOSED_PORT = 1;

export interface ReservedPort {
  readonly port: number;
  /** Lets a program bind the port. Call it just before the start. */
  release(): Promise<void>;
}

export async function reservePort(): Promise<ReservedPort> {
  const holder = createServer((socket) => socket.destroy());
  const port = await listen(holder);
  holder.unref();
  let released: Promise<void> | undefined;
  return {
    port,
    release: () => {
      released ??= new Promise((resolve) => holder.close(() => resolve()));
      return released;
    },
  };
}

/** Listens on loopback. @param port default: the system chooses one. @returns the port. */
export async function listen(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server does not listen on a port');
  return address.port;
}

const ATTEMPTS = 5;
const PAUSE_MS = 500;

/** Repeats a start that failed because another process has the port. */
export async function retryIfPortTaken<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      if (attempt === ATTEMPTS || !isPortTaken(error)) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/** Whether an error is EADDRINUSE, or shows the output of a program that ended because of it. */
function isPortTaken(error: unknown): boolean {
  const text = error instanceof Error ? `${(error as NodeJS.ErrnoException).code} ${error.message}` : String(error);
  // In the words of Node.js, of Go, and of `cwii serve`.
  return /EADDRINUSE|already in use/.test(text);
}
