// Knows how to choose loopback ports that are still free when a program started later takes them.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the ranges of Linux (32768 up) and macOS (49152 up) for outgoing connections: one of those cannot take the
// port between the choice and the use. Random, so that test files running side by side rarely meet.
const lowest = 20_000;
const highest = 30_000;

export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(lowest, highest);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port on 127.0.0.1 after 100 tries between ${lowest} and ${highest}: end some listeners`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
