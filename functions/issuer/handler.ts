// The middleware stack of the issuer function: what happens around one run, whoever asked for it.

import middy from '@middy/core';
import type { LogWriter } from '../../lib/common/log.ts';
import type { RecordMetrics } from '../../lib/common/metrics.ts';
import { type Command, noCommand, parseCommand } from '../../lib/issuer/command.ts';
import type { IssuerConfig } from '../../lib/issuer/config.ts';
import { type PublishContext, publish } from '../../lib/issuer/publish.ts';
import { type Answer, answerOf, logAndMeasure } from './report.ts';

export interface Ports extends Pick<PublishContext, 'bucket' | 'readCluster' | 'now'> {
  readonly config: IssuerConfig;
  readonly recordMetrics: RecordMetrics<'issuer'>;
  readonly writeLog: LogWriter;
}

export type IssuerHandler = (event: unknown, context?: object) => Promise<Answer>;

export function createHandler({ config, recordMetrics, writeLog, ...ports }: Ports): IssuerHandler {
  async function run(event: unknown): Promise<Answer> {
    return answerOf(config, await publish({ ...config, ...ports }, commandOf(event)));
  }

  const stack = middy<unknown, Answer>({ timeoutEarlyInMillis: 0 })
    .use(logAndMeasure(config.clusterName, writeLog, recordMetrics))
    .handler(run);
  return stack as unknown as IssuerHandler;
}

/** A schedule's event carries no command: EventBridge's rules and its Scheduler say who they are. */
function commandOf(event: unknown): Command {
  if (event === undefined || event === null) return noCommand;
  const source = typeof event === 'object' && 'source' in event ? event.source : undefined;
  return source === 'aws.events' || source === 'aws.scheduler' ? noCommand : parseCommand(event);
}
