// Runs `kubectl proxy` on a Unix socket: one login for many requests, with every login plugin.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClusterChoice, choiceArguments, kubectlFailed, kubectlMissing } from './kubectl.ts';

export interface KubectlProxy extends AsyncDisposable {
  readonly socketPath: string;
}

/** @throws {CwiiError} `kubectl-missing`, or `kubectl-failed` with kubectl's own message. */
export async function startKubectlProxy(choice: ClusterChoice): Promise<KubectlProxy> {
  // mkdtemp creates the folder with mode 0700: other users of the machine cannot connect.
  const folder = mkdtempSync(join(tmpdir(), 'cwii-'));
  const socketPath = join(folder, 'api.sock');
  const args = ['proxy', `--unix-socket=${socketPath}`, ...choiceArguments(choice)];
  // Login plugins may prompt the user, so they get the terminal's input.
  const child = spawn('kubectl', args, { stdio: ['inherit', 'pipe', 'pipe'] });
  const end = () => child.kill();
  process.once('exit', end);
  const exited = once(child, 'exit');
  const dispose = async () => {
    process.off('exit', end);
    end();
    if (child.pid !== undefined) await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  try {
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve());
      child.once('error', (error) => reject(kubectlMissing(error)));
      // `close` comes after the last output.
      child.once('close', () => reject(kubectlFailed(args.slice(0, 1), stderr)));
    });
  } catch (error) {
    exited.catch(() => undefined);
    await dispose();
    throw error;
  }
  return { socketPath, [Symbol.asyncDispose]: dispose };
}
