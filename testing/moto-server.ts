// Knows how moto's server, AWS services of somebody else's making, is started on loopback from a Python environment of its own.
import { join } from 'node:path';
import { createGuardian } from './guardian.ts';
import { freePort } from './ports.ts';
import { startProgram } from './program.ts';
import { pythonEnvironment } from './python.ts';

export interface MotoServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

const startTimeoutMs = 20_000;

/** @param requirementsPath what is installed for it, moto among it. */
export async function startMotoServer(requirementsPath: string): Promise<MotoServer> {
  const environment = await pythonEnvironment(requirementsPath);
  const guardian = createGuardian();
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  // The module and not bin/moto_server: a script there names the path at which the environment was made.
  const args = ['-c', 'from moto.server import main; main()', '-H', '127.0.0.1', '-p', String(port)];
  const server = startProgram({ name: 'moto', command: [join(environment, 'bin', 'python'), ...args], guardian });
  const stop = async () => {
    // It has nothing to save, and takes its time over SIGTERM.
    await server.stop(0);
    await guardian.release();
  };
  try {
    await server.waitFor("moto's server to answer", async () => (await fetch(endpoint)).ok, startTimeoutMs);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, stop };
}
