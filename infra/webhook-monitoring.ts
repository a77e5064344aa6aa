// The dashboard and the alarms of a webhook.

import {
  Alarm,
  Dashboard,
  GraphWidget,
  type IMetric,
  TextWidget,
  TextWidgetBackground,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type AlarmProps, addAlarm } from './alarms.ts';
import type { ClusterWebhook } from './cluster-webhook.ts';
import { WebhookMetrics } from './webhook-metrics.ts';

/** Counts are for periods of five minutes. An alarm starts when two of three periods exceed the threshold. */
export interface AlarmThresholds {
  /** Calls that failed, so that the failurePolicy decided. @default 0 */
  readonly errors?: number;
  /**
   * Pods that were denied. Single denials are mistakes of the pods' authors; many at once have a common
   * cause.
   * @default 20
   */
  readonly denials?: number;
  /** Calls that Lambda throttled because the concurrency limit was reached. @default 0 */
  readonly throttles?: number;
  /** Failed reads of the cluster. @default 0 */
  readonly readFailures?: number;
  /** Calls without a valid token: an API server with an old token, or unknown callers. @default 20 */
  readonly refused?: number;
  /** The latency of the slowest call at the URL, in per cent of the webhook's timeout. @default 60 */
  readonly durationPercent?: number;
  /** The percentage of calls with a cold start, in periods with at least twenty calls. @default 50 */
  readonly coldStartPercent?: number;
}

/** Properties of `WebhookMonitoring`. */
export interface WebhookMonitoringProps extends AlarmProps {
  /** The webhook that is watched. */
  readonly webhook: ClusterWebhook;
  /** When alarms start. @default as AlarmThresholds describes */
  readonly thresholds?: AlarmThresholds | undefined;
  /** The name of the dashboard. @default a name that CloudFormation generates */
  readonly dashboardName?: string | undefined;
}

type WebhookAlarmName =
  | 'Errors'
  | 'ServerErrors'
  | 'Denials'
  | 'Throttles'
  | 'ReadFailures'
  | 'Refused'
  | 'Duration'
  | 'ColdStarts';

interface WebhookAlarm {
  readonly metric: IMetric;
  readonly threshold: number;
  readonly description: string;
}

/** A dashboard and the alarms of one webhook. */
export class WebhookMonitoring extends Construct {
  /** All alarms, which are also properties. */
  readonly alarms: readonly Alarm[];
  /** The function answers 5xx, so the failurePolicy decides. */
  readonly errorsAlarm: Alarm;
  /** Lambda answers 5xx: the function did not start, crashed or was stopped. */
  readonly serverErrorsAlarm: Alarm;
  /** Many pods are denied. */
  readonly denialsAlarm: Alarm;
  /** Lambda throttles calls. */
  readonly throttlesAlarm: Alarm;
  /** The cluster cannot be read. */
  readonly readFailuresAlarm: Alarm;
  /** Calls have no valid token. */
  readonly refusedAlarm: Alarm;
  /** Calls take nearly as long as the webhook's timeout. */
  readonly durationAlarm: Alarm;
  /** Most calls have a cold start. */
  readonly coldStartsAlarm: Alarm;
  /** The dashboard with the metrics of the webhook. */
  readonly dashboard: Dashboard;
  readonly #metrics: WebhookMetrics;
  readonly #cluster: string;
  readonly #timeoutMs: number;

  constructor(scope: Construct, id: string, props: WebhookMonitoringProps) {
    super(scope, id);
    const { webhook, thresholds = {} } = props;
    this.#metrics = new WebhookMetrics(webhook);
    this.#cluster = webhook.clusterName;
    this.#timeoutMs = webhook.webhookTimeout.toMilliseconds();
    const shared = { alarmWhen: 'above', datapoints: [2, 3], missingData: 'ok' } as const;
    const settings = this.#alarmSettings(thresholds);
    const add = (name: WebhookAlarmName) => addAlarm(this, name, { ...settings[name], ...shared }, props);
    this.errorsAlarm = add('Errors');
    this.serverErrorsAlarm = add('ServerErrors');
    this.denialsAlarm = add('Denials');
    this.throttlesAlarm = add('Throttles');
    this.readFailuresAlarm = add('ReadFailures');
    this.refusedAlarm = add('Refused');
    this.durationAlarm = add('Duration');
    this.coldStartsAlarm = add('ColdStarts');
    this.alarms = this.node.findAll().filter((one): one is Alarm => one instanceof Alarm);
    this.dashboard = new Dashboard(this, 'Dashboard', {
      ...(props.dashboardName !== undefined && { dashboardName: props.dashboardName }),
      widgets: this.#widgets(),
    });
  }

  #alarmSettings(thresholds: AlarmThresholds): Record<WebhookAlarmName, WebhookAlarm> {
    const metrics = this.#metrics;
    const { durationPercent = 60 } = thresholds;
    const subject = `the webhook of cluster ${this.#cluster}`;
    return {
      Errors: {
        metric: metrics.count('Errors'),
        threshold: thresholds.errors ?? 0,
        description: `Calls to ${subject} fail: depending on its failurePolicy, pods are rejected or start without identity. Check the function's log for entries with level error.`,
      },
      ServerErrors: {
        metric: metrics.lambda('Url5xxCount'),
        threshold: thresholds.errors ?? 0,
        description: `Lambda returns errors for ${subject}: the function did not start, crashed or was stopped. Check its log for platform.runtimeDone with a status other than success.`,
      },
      Denials: {
        metric: metrics.count('Denials'),
        threshold: thresholds.denials ?? 20,
        description: `Many pods are denied by ${subject}: a controller retries a pod with an invalid annotation, or a guard rail is too narrow. Check the function's log for entries with outcome denied.`,
      },
      Throttles: {
        metric: metrics.lambda('Throttles'),
        threshold: thresholds.throttles ?? 0,
        description: `Lambda throttles calls to ${subject} because its reserved concurrency or the account's concurrency is used up: by a burst of pods, or by many calls from unknown callers (see Refused).`,
      },
      ReadFailures: {
        metric: metrics.count('ReadFailures'),
        threshold: thresholds.readFailures ?? 0,
        description: `The cluster cannot be read by ${subject}. Check the function's log for the cause: network, certificate, credential or RBAC.`,
      },
      Refused: {
        metric: metrics.count('Refused'),
        threshold: thresholds.refused ?? 20,
        description: `Calls to ${subject} have no valid token: they come from an API server with an old token, which then cannot create pods, or from unknown callers.`,
      },
      Duration: {
        metric: metrics.latency('Maximum'),
        threshold: (this.#timeoutMs * durationPercent) / 100,
        description: `The slowest call to ${subject} takes more than ${durationPercent} % of its timeout of ${this.#timeoutMs} ms, not counting the network.`,
      },
      ColdStarts: {
        metric: metrics.coldStartPercentage(20),
        threshold: thresholds.coldStartPercent ?? 50,
        description: `Most calls to ${subject} have a cold start: there are bursts of pods, or the function crashes and restarts.`,
      },
    };
  }

  #widgets(): (GraphWidget | TextWidget)[][] {
    const metrics = this.#metrics;
    const graph = (title: string, left: IMetric[], more: object = {}) =>
      new GraphWidget({ title, left, width: 12, height: 6, leftYAxis: { min: 0 }, ...more });
    const timeout = { value: this.#timeoutMs, label: "the webhook's timeout", color: '#d62728' };
    return [
      [
        new TextWidget({
          markdown: `# cwii: webhook of cluster ${this.#cluster}`,
          width: 24,
          height: 1,
          // The default of aws-cdk-lib depends on its version.
          background: TextWidgetBackground.TRANSPARENT,
        }),
      ],
      [
        graph('Answers', [
          metrics.count('Admissions', 'admitted or denied'),
          metrics.count('Injections', 'with an identity'),
          metrics.count('Denials', 'denied'),
        ]),
        graph('Failures', [
          metrics.count('Errors', 'failed calls'),
          metrics.lambda('Url5xxCount', '5xx at the URL'),
          metrics.lambda('Errors', 'crashed or stopped by Lambda'),
          metrics.count('ReadFailures', 'cluster not readable'),
        ]),
      ],
      [
        graph(
          'Latency in milliseconds',
          [
            metrics.latency('Maximum', 'slowest at the URL'),
            metrics.latency('Average', 'mean at the URL'),
            metrics.duration('p99'),
            metrics.duration('p50'),
          ],
          {
            leftAnnotations: [timeout],
          },
        ),
        graph('Cold starts', [metrics.count('ColdStarts', 'cold starts')], { right: [metrics.coldStartPercentage(1)] }),
      ],
      [
        graph('Rejected calls', [
          metrics.count('Refused', 'no valid token, or not an AdmissionReview'),
          metrics.lambda('Url4xxCount', '4xx at the URL'),
          metrics.lambda('Throttles', 'throttled'),
        ]),
        graph(
          'Load',
          [metrics.lambda('UrlRequestCount', 'calls'), metrics.count('ClusterReads', 'reads of the cluster')],
          {
            right: [metrics.concurrency()],
          },
        ),
      ],
    ];
  }
}
