// The handler of the issuer function: which events are commands, and what one run logs and measures.

import { type Command, noCommand, parseCommand } from '../../lib/issuer/command.ts';
import type { IssuerConfig } from '../../lib/issuer/issuer-config.ts';
import { type PublishContext, publish } from '../../lib/issuer/publish.ts';
import { type ReportPorts, type RunReport, runAndReport } from '../scheduled-run.ts';
import { type Answer, answerOf } from './answer.ts';

export interface Ports
  extends Pick<PublishContext, 'bucket' | 'readCluster' | 'now'>,
    Omit<ReportPorts<'issuer'>, 'clusterName'> {
  readonly config: IssuerConfig;
}

export type IssuerHandler = (event: unknown) => Promise<Answer>;

export function createHandler({ config, ...ports }: Ports): IssuerHandler {
  return function handler(event) {
    return runAndReport(
      { ...ports, clusterName: config.clusterName },
      async () => reportOf(answerOf(config, await publish({ ...config, ...ports }, commandOf(event)))),
      () => ({ Published: 0, Failures: 1 }),
    );
  };
}

function reportOf(answer: Answer): RunReport<'issuer', Answer> {
  const { keys, dropped, changes, warnings, notes, written } = answer;
  return {
    answer,
    level: warnings.length > 0 ? 'warn' : 'info',
    log: {
      outcome: written.length > 0 ? 'published' : 'unchanged',
      keys: keys.map(({ kid }) => kid),
      dropped: dropped.map(({ kid }) => kid),
      changes,
      warnings,
      notes,
      written,
    },
    measurements: { Published: 1, Failures: 0, Warnings: warnings.length, Keys: keys.length },
  };
}

/** The event of a schedule is not a command. EventBridge's rules and EventBridge Scheduler set `source`. */
function commandOf(event: unknown): Command {
  if (event === undefined || event === null) return noCommand;
  const source = typeof event === 'object' && 'source' in event ? event.source : undefined;
  return source === 'aws.events' || source === 'aws.scheduler' ? noCommand : parseCommand(event);
}
