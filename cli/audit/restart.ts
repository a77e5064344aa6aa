// Restarts workloads one after the other with kubectl, and waits for each rollout.

import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { CwiiError } from '../../lib/common/errors.ts';
import { type ClusterChoice, choiceArguments, kubectlFailed, kubectlMissing } from '../kubectl/kubectl.ts';
import { note } from '../report.ts';
import type { AuditReport, ReportedWorkload } from './report.ts';

export interface RestartOptions {
  readonly choice: ClusterChoice;
  /** Milliseconds from the end of one rollout to the next one. */
  readonly interval: number;
  /** Seconds until a rollout counts as stuck. */
  readonly timeout: number;
}

export function restartable({ workloads }: AuditReport): (ReportedWorkload & { readonly restart: string })[] {
  return workloads.filter(
    (workload): workload is ReportedWorkload & { readonly restart: string } => workload.restart !== undefined,
  );
}

/**
 * Restarts each workload and waits until all of its pods are new and available.
 *
 * @throws {CwiiError} `rollout-unfinished` at the first rollout that fails. The others are not restarted.
 */
export async function restartAll(report: AuditReport, { choice, interval, timeout }: RestartOptions): Promise<void> {
  const all = restartable(report);
  for (const [index, { namespace, kind, name }] of all.entries()) {
    if (index > 0) await pause(interval);
    const object = `${kind.toLowerCase()}/${name}`;
    const shown = `${namespace}/${kind}/${name}`;
    const position = `${index + 1} of ${all.length}`;
    note(`${position}: restarting ${shown}`);
    const target = [object, `--namespace=${namespace}`];
    try {
      await kubectl(['rollout', 'restart', ...target], choice);
      await kubectl(['rollout', 'status', ...target, `--timeout=${timeout}s`], choice);
    } catch (error) {
      if (!(error instanceof CwiiError) || error.code !== 'kubectl-failed') throw error;
      const left = all.length - index - 1;
      const others = left === 0 ? '' : `; ${left} more ${left === 1 ? 'workload was' : 'workloads were'} not restarted`;
      const message = `the rollout of ${shown} did not finish: ${error.message}${others}`;
      throw new CwiiError('rollout-unfinished', message, { cause: error });
    }
    note(`${position}: ${shown} is done`);
  }
}

function kubectl(args: readonly string[], choice: ClusterChoice): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('kubectl', [...args, ...choiceArguments(choice)], { stdio: ['inherit', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', (error) => reject(kubectlMissing(error)));
    child.once('close', (status) => (status === 0 ? resolve() : reject(kubectlFailed(args, stderr))));
  });
}
