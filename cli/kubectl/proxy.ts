// Runs `kubectl proxy` on a Unix socket: one login for many requests, with every login plugin.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClusterChoice, choiceArguments, kubectlFailed, kubectlMissing } from './kubectl.ts';

/** They would end cwii without its `exit` event, and kubectl would go on. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Long enough to type a user name and password, which kubectl asks for if the kubeconfig has none. */
const START_MS = 30_000;

/** kubectl prints it when the socket accepts connections. */
const STARTED = 'Starting to serve';

export interface KubectlProxy extends AsyncDisposable {
  readonly socketPath: string;
}

/** @throws {CwiiError} `kubectl-missing`, or `kubectl-failed` with kubectl's own message. */
export async function startKubectlProxy(choice: ClusterChoice): Promise<KubectlProxy> {
  // mkdtemp creates the folder with mode 0700: other users of the machine cannot connect.
  const folder = mkdtempSync(join(tmpdir(), 'cwii-'));
  const socketPath = join(folder, 'api.sock');
  const args = ['proxy', `--unix-socket=${socketPath}`, ...choiceArguments(choice)];
  let child: ChildProcess | undefined;
  const end = () => {
    child?.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  const endOnSignal = (signal: NodeJS.Signals) => {
    end();
    // Without a listener, the signal ends the process as it would without cwii.
    for (const name of SIGNALS) process.off(name, endOnSignal);
    process.kill(process.pid, signal);
  };
  process.once('exit', end);
  for (const name of SIGNALS) process.on(name, endOnSignal);
  // Login plugins may prompt the user, so they get the terminal's input.
  const kubectl = spawn('kubectl', args, { stdio: ['inherit', 'pipe', 'pipe'] });
  child = kubectl;
  const exited = once(kubectl, 'exit');
  const dispose = async () => {
    process.off('exit', end);
    for (const name of SIGNALS) process.off(name, endOnSignal);
    end();
    if (kubectl.pid !== undefined) await exited;
  };
  let stderr = '';
  kubectl.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  try {
    await new Promise<void>((resolve, reject) => {
      let output = '';
      kubectl.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.includes(STARTED)) resolve();
        // A prompt for the user name, if the kubeconfig has no credentials.
        else process.stderr.write(text);
      });
      kubectl.once('error', (error) => reject(kubectlMissing(error)));
      setTimeout(
        () => reject(kubectlFailed(['proxy'], `it did not start within ${START_MS / 1000} s`)),
        START_MS,
      ).unref();
      // `close` comes after the last output.
      kubectl.once('close', () => reject(kubectlFailed(args.slice(0, 1), stderr)));
    });
  } catch (error) {
    exited.catch(() => undefined);
    await dispose();
    throw error;
  }
  return { socketPath, [Symbol.asyncDispose]: dispose };
}
