// Ends the server on SIGTERM and SIGINT: answers the requests in flight, and accepts no others.

import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Connections } from './connections.ts';
import type { Readiness } from './readiness.ts';
import type { ServerLog } from './server-log.ts';

/** Shorter than the ten seconds after which Docker kills a container. */
const SHUTDOWN_MS = 8_000;

export interface Stoppable {
  readonly server: Server;
  readonly operations: Server | undefined;
  readonly connections: Connections;
  readonly readiness: Readiness;
  readonly log: ServerLog;
}

/** A second signal ends the process at once, as it does by default. */
export function stopOnSignals(running: Stoppable): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(running));
}

async function stop({ server, operations, connections, readiness, log }: Stoppable): Promise<void> {
  const deadline = setTimeout(() => {
    log.warn('shutdown', 'shutdown-incomplete', `${connections.requests} requests were not answered in time`);
    connections.destroy();
    process.exit(0);
  }, SHUTDOWN_MS);
  readiness.stop();
  const closed = once(server, 'close');
  server.close();
  connections.drain();
  await closed;
  operations?.close();
  operations?.closeAllConnections();
  await log.flush();
  clearTimeout(deadline);
  process.exit(0);
}
