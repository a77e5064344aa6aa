// Creates alarms, and the SNS topic that their notifications go to.

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
import { allowAlarms, type EncryptionProps } from './encryption-key.ts';

/** Properties of constructs that create alarms. */
export interface AlarmProps {
  /** Actions for the start and the end of an alarm. @default none: alarms are visible only in CloudWatch */
  readonly alarmActions?: readonly IAlarmAction[] | undefined;
  /** Alarms are named PREFIX-NAME, such as `prod-Errors`. @default names that CloudFormation generates */
  readonly alarmNamePrefix?: string | undefined;
}

interface AlarmSettings {
  readonly metric: IMetric;
  /** The text of the notification: the meaning of the alarm, and the remedy. */
  readonly description: string;
  readonly alarmWhen: 'above' | 'below';
  readonly threshold: number;
  /** How many datapoints of how many periods must breach the threshold. @default 1 of 1 */
  readonly datapoints?: readonly [toAlarm: number, periods: number];
  /** Missing data breaches the threshold for functions that run on a schedule. */
  readonly missingData: 'ok' | 'breaching';
}

export function addAlarm(
  scope: Construct,
  id: string,
  settings: AlarmSettings,
  { alarmActions = [], alarmNamePrefix }: AlarmProps,
): Alarm {
  const [datapointsToAlarm, evaluationPeriods] = settings.datapoints ?? [1, 1];
  const alarm = new Alarm(scope, id, {
    metric: settings.metric,
    ...(alarmNamePrefix !== undefined && { alarmName: `${alarmNamePrefix}-${id}` }),
    alarmDescription: settings.description,
    comparisonOperator:
      settings.alarmWhen === 'above'
        ? ComparisonOperator.GREATER_THAN_THRESHOLD
        : ComparisonOperator.LESS_THAN_THRESHOLD,
    threshold: settings.threshold,
    datapointsToAlarm,
    evaluationPeriods,
    treatMissingData:
      settings.missingData === 'breaching' ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
  });
  alarm.addAlarmAction(...alarmActions);
  alarm.addOkAction(...alarmActions);
  return alarm;
}

interface AlarmTopicProps extends EncryptionProps {
  /** AWS asks it for confirmation. */
  readonly email: string;
}

/** A topic to which CloudWatch alarms of this account can publish, over TLS only. */
export function alarmTopic(
  scope: Construct,
  id: string,
  { email, encryptionKey: masterKey }: AlarmTopicProps,
): { topic: ITopic; action: IAlarmAction } {
  const topic = new Topic(scope, id, { displayName: 'cwii alarms', enforceSSL: true, ...(masterKey && { masterKey }) });
  if (masterKey) allowAlarms(topic, masterKey);
  topic.addSubscription(new EmailSubscription(email));
  const { partition, region, account } = Stack.of(scope);
  // An explicit policy replaces the default one, which lets the account publish.
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsOfThisAccount',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: {
        // Any alarm of the account and region may publish; each alarm chooses its actions.
        ArnLike: { 'aws:SourceArn': `arn:${partition}:cloudwatch:${region}:${account}:alarm:*` },
        StringEquals: { 'aws:SourceAccount': account },
      },
    }),
  );
  topic.applyRemovalPolicy(RemovalPolicy.DESTROY);
  return { topic, action: new SnsAction(topic) };
}
