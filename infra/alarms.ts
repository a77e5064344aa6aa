// How alarms are made: what silence means, who hears of them, and of their end.

import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';

export interface AlarmProps {
  /** Who hears of alarms, and that they are over. @default nobody: alarms are seen in CloudWatch only */
  readonly alarmActions?: readonly IAlarmAction[] | undefined;
}

interface Watch {
  readonly metric: IMetric;
  /** What it means and what to do: it is the text of the mail. */
  readonly description: string;
  readonly when: 'above' | 'below';
  readonly threshold: number;
  /** Of so many periods, so many must be bad. */
  readonly periods?: readonly [bad: number, of: number];
  /** No data is a failure of its own where something runs by the clock. */
  readonly silence: 'good' | 'bad';
}

export function addAlarm(scope: Construct, id: string, watch: Watch, { alarmActions = [] }: AlarmProps): Alarm {
  const [datapointsToAlarm, evaluationPeriods] = watch.periods ?? [1, 1];
  const alarm = new Alarm(scope, id, {
    metric: watch.metric,
    alarmDescription: watch.description,
    comparisonOperator:
      watch.when === 'above' ? ComparisonOperator.GREATER_THAN_THRESHOLD : ComparisonOperator.LESS_THAN_THRESHOLD,
    threshold: watch.threshold,
    datapointsToAlarm,
    evaluationPeriods,
    treatMissingData: watch.silence === 'bad' ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
  });
  alarm.addAlarmAction(...alarmActions);
  alarm.addOkAction(...alarmActions);
  return alarm;
}

/** A topic to which CloudWatch's alarms of this account may publish, and nobody without TLS; AWS asks `email` to confirm. */
export function alarmTopic(scope: Construct, id: string, email: string): { topic: ITopic; action: IAlarmAction } {
  const topic = new Topic(scope, id, { displayName: 'cwii alarms', enforceSSL: true });
  topic.addSubscription(new EmailSubscription(email));
  const { partition, region, account } = Stack.of(scope);
  // With a policy of its own the topic no longer has the default one, which lets the account publish.
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsOfThisAccount',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: {
        // Every alarm of the account and region: which are meant is chosen where the alarms are.
        ArnLike: { 'aws:SourceArn': `arn:${partition}:cloudwatch:${region}:${account}:alarm:*` },
        StringEquals: { 'aws:SourceAccount': account },
      },
    }),
  );
  topic.applyRemovalPolicy(RemovalPolicy.DESTROY);
  return { topic, action: new SnsAction(topic) };
}
