// Starts moto's server, which implements AWS services, on loopback from its own Python environment.

import { join } from 'node:path';
import { freePort } from './ports.ts';
import { startServer } from './program.ts';
import { pythonEnvironment } from './python.ts';

export interface MotoServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** @param requirementsPath the packages to install, moto among them. */
export async function startMotoServer(requirementsPath: string): Promise<MotoServer> {
  const environment = await pythonEnvironment(requirementsPath);
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  // The module instead of bin/moto_server: that script names the path at which the environment was created.
  const args = ['-c', 'from moto.server import main; main()', '-H', '127.0.0.1', '-p', String(port)];
  const { stop } = await startServer({
    name: 'moto',
    command: [join(environment, 'bin', 'python'), ...args],
    until: "moto's server to answer",
    probe: async () => (await fetch(endpoint)).ok,
    // It has nothing to save, and is slow to react to SIGTERM.
    graceMs: 0,
  });
  return { endpoint, stop };
}
