// Starts moto's server, which implements AWS services, on loopback from its own Python environment.

import { startServer } from './program.ts';
import { type PythonPackages, pythonWith } from './python.ts';

export interface MotoServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** @param packages contain moto. */
export async function startMotoServer(packages: PythonPackages): Promise<MotoServer> {
  // The module instead of bin/moto_server: that script names the path at which the environment was created.
  const args = ['-c', 'from moto.server import main; main()', '-H', '127.0.0.1', '-p', '0'];
  const { answer: endpoint, stop } = await startServer({
    name: 'moto',
    command: [await pythonWith(packages), ...args],
    until: "moto's server to report its address",
    probe: ({ stderr, stdout }) => /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(stdout() + stderr())?.[1],
    // It has nothing to save, and is slow to react to SIGTERM.
    graceMs: 0,
  });
  return { endpoint, stop };
}
