// Lets a server listen, with an error that names the option to change.

import type { AddressInfo, Server } from 'node:net';
import { CwiiError } from '../../lib/common/errors.ts';

interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** The option with the port, for errors. */
  readonly option: string;
}

/** @returns the host and port as in a URL. @throws {CwiiError} `listen-failed` */
export async function listen(server: Server, { host, port, option }: Endpoint): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason =
        error.code === 'EADDRINUSE'
          ? `the port is already in use; choose another ${option}`
          : error.code === 'EACCES'
            ? `permission denied; ports below 1024 need privileges, so choose another ${option}`
            : error.message;
      reject(new CwiiError('listen-failed', `cannot listen on ${host}:${port}: ${reason}`, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
  const { address, family, port: chosen } = server.address() as AddressInfo;
  return `${family === 'IPv6' ? `[${address}]` : address}:${chosen}`;
}
