// Functions that run by the clock: how often, and what becomes of a run that fails.

import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { CwiiError } from '../lib/common/errors.ts';

/**
 * Runs a function every `interval`, 1 minute to 6 hours.
 *
 * A failed run is tried again twice, and no longer than until the next is due. There is no dead-letter queue: the event
 * says nothing, the next run does the same work, and an alarm watches what the runs achieve.
 */
export function runEvery(scope: Construct, target: LambdaFunction, interval: Duration, description: string): Rule {
  const minutes = interval.toMinutes();
  if (minutes < 1 || minutes > 360) {
    throw new CwiiError(
      'schedule-invalid',
      `${scope.node.path}: the interval is ${minutes} minutes; write 1 minute to 6 hours`,
    );
  }
  target.configureAsyncInvoke({ retryAttempts: 2, maxEventAge: interval });
  return new Rule(scope, 'Schedule', {
    description,
    schedule: Schedule.rate(interval),
    targets: [
      new FunctionTarget(target, {
        event: RuleTargetInput.fromObject({}),
        retryAttempts: 2,
        maxEventAge: Duration.minutes(minutes),
      }),
    ],
  });
}
