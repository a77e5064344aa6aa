// Runs a function on a schedule, with retries for failed runs.

import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { constructError } from './synth-checks.ts';

/**
 * Runs a function every `interval`, 1 minute to 6 hours.
 *
 * A failed run is retried twice, until the next run is due. There is no dead-letter queue: the event is
 * empty, the next run does the same work, and an alarm watches the result of the runs.
 */
export function runEvery(scope: Construct, target: LambdaFunction, interval: Duration, description: string): Rule {
  const minutes = interval.toMinutes();
  if (minutes < 1 || minutes > 360) {
    throw constructError(scope, 'schedule-invalid', `the interval is ${minutes} minutes; write 1 minute to 6 hours`);
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
