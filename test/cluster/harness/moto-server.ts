// Knows how moto's server, AWS services of somebody else's making, is started on loopback from a Python environment of its own.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGuardian } from './guardian.ts';
import { freePort } from './ports.ts';
import { pythonEnvironment } from './python.ts';
import { waitFor } from './wait-for.ts';

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
  const logPath = join(guardian.directory, 'moto.log');
  const log = openSync(logPath, 'a');
  // The module and not bin/moto_server: a script there names the path at which the environment was made.
  const args = ['-c', 'from moto.server import main; main()', '-H', '127.0.0.1', '-p', String(port)];
  const child = spawn(join(environment, 'bin', 'python'), args, {
    cwd: guardian.directory,
    env: { PATH: process.env.PATH },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  let failure: string | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      failure = error.message;
      resolve();
    });
    child.once('exit', (code, signal) => {
      if (child.pid !== undefined) guardian.forget(child.pid);
      failure = `it ended with ${signal ?? `code ${code}`}`;
      resolve();
    });
  });
  if (child.pid !== undefined) guardian.watch(child.pid);
  await waitFor(
    "moto's server to answer",
    async () => (await fetch(endpoint)).ok,
    startTimeoutMs,
    () => {
      if (failure !== undefined)
        throw new Error(`moto's server does not run, ${failure}:\n${readFileSync(logPath, 'utf8')}`);
    },
  );
  return {
    endpoint,
    stop: async () => {
      child.ref();
      child.kill('SIGKILL');
      await ended;
      await guardian.release();
    },
  };
}
