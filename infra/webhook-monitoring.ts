// What an operator should see of a webhook, and be woken by.

import { type Alarm, Dashboard, GraphWidget, type IMetric, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type AlarmProps, addAlarm } from './alarms.ts';
import type { ClusterWebhook } from './cluster-webhook.ts';
import { WebhookMetrics } from './webhook-metrics.ts';

/** Counts are of five minutes, and have to be exceeded in two of three such periods. */
export interface AlarmThresholds {
  /** Calls that failed, so that failurePolicy decided. @default 0 */
  readonly errors?: number;
  /** Pods that were refused, mostly by a mistake of their authors; a wave of them is a mistake of somebody else. @default 20 */
  readonly denials?: number;
  /** Calls that Lambda did not let in, because as many ran as may. @default 0 */
  readonly throttles?: number;
  /** Times that the cluster could not be read. @default 0 */
  readonly readFailures?: number;
  /** Calls without a valid token: an API server with an old one, or strangers. @default 20 */
  readonly refused?: number;
  /** The slowest call at the URL, per cent of the webhook's timeout. @default 60 */
  readonly durationPercent?: number;
  /** Calls that met a cold start, per cent, where there were twenty or more. @default 50 */
  readonly coldStartPercent?: number;
}

export interface WebhookMonitoringProps extends AlarmProps {
  readonly webhook: ClusterWebhook;
  readonly thresholds?: AlarmThresholds | undefined;
  /** @default a name that CloudFormation makes */
  readonly dashboardName?: string | undefined;
}

interface WebhookAlarm {
  readonly metric: IMetric;
  readonly threshold: number;
  readonly description: string;
}

/** A dashboard and the alarms of one webhook. */
export class WebhookMonitoring extends Construct {
  readonly alarms: readonly Alarm[];
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
    this.alarms = Object.entries(this.#watched(thresholds)).map(([name, { metric, threshold, description }]) =>
      addAlarm(this, name, { metric, threshold, description, when: 'above', periods: [2, 3], silence: 'good' }, props),
    );
    this.dashboard = new Dashboard(this, 'Dashboard', {
      ...(props.dashboardName !== undefined && { dashboardName: props.dashboardName }),
      widgets: this.#widgets(),
    });
  }

  #watched(thresholds: AlarmThresholds): Record<string, WebhookAlarm> {
    const metrics = this.#metrics;
    const { durationPercent = 60 } = thresholds;
    const at = `at the webhook of cluster ${this.#cluster}`;
    return {
      Errors: {
        metric: metrics.count('Errors'),
        threshold: thresholds.errors ?? 0,
        description: `Calls fail ${at}: pods are refused, or start without identity, as failurePolicy says. See the function's log, level error.`,
      },
      ServerErrors: {
        metric: metrics.lambda('Url5xxCount'),
        threshold: thresholds.errors ?? 0,
        description: `Lambda answers for the function ${at}: it did not start, crashed or was ended. See its log for platform.runtimeDone with another status than success.`,
      },
      Denials: {
        metric: metrics.count('Denials'),
        threshold: thresholds.denials ?? 20,
        description: `Many pods are refused ${at}: one wrong annotation that a controller repeats, or a guard rail that is too narrow. See the function's log, outcome denied.`,
      },
      Throttles: {
        metric: metrics.lambda('Throttles'),
        threshold: thresholds.throttles ?? 0,
        description: `Lambda refuses calls ${at}, because the reserved or the account's concurrency is used up: a burst of pods, or a flood from strangers (see Refused).`,
      },
      ReadFailures: {
        metric: metrics.count('ReadFailures'),
        threshold: thresholds.readFailures ?? 0,
        description: `The cluster cannot be read ${at}: network, certificate, credential or RBAC. The function's log tells which.`,
      },
      Refused: {
        metric: metrics.count('Refused'),
        threshold: thresholds.refused ?? 20,
        description: `Calls without a valid token ${at}: an API server with an old token, whose pods then all fail, or strangers.`,
      },
      Duration: {
        metric: metrics.latency('Maximum'),
        threshold: (this.#timeoutMs * durationPercent) / 100,
        description: `The slowest call takes more than ${durationPercent} % of the webhook's timeout of ${this.#timeoutMs} ms ${at}, without the way there and back.`,
      },
      ColdStarts: {
        metric: metrics.coldStartShare(20),
        threshold: thresholds.coldStartPercent ?? 50,
        description: `Most calls ${at} meet a cold start: bursts, or a function that crashes and starts again.`,
      },
    };
  }

  #widgets(): (GraphWidget | TextWidget)[][] {
    const metrics = this.#metrics;
    const graph = (title: string, left: IMetric[], more: object = {}) =>
      new GraphWidget({ title, left, width: 12, height: 6, leftYAxis: { min: 0 }, ...more });
    const timeout = { value: this.#timeoutMs, label: "the webhook's timeout", color: '#d62728' };
    return [
      [new TextWidget({ markdown: `# cwii: webhook of cluster ${this.#cluster}`, width: 24, height: 1 })],
      [
        graph('Answers', [
          metrics.count('Admissions', 'admitted or refused'),
          metrics.count('Injections', 'with an identity'),
          metrics.count('Denials', 'refused'),
        ]),
        graph('Failures', [
          metrics.count('Errors', 'failed calls'),
          metrics.lambda('Url5xxCount', '5xx at the URL'),
          metrics.lambda('Errors', 'crashed or ended by Lambda'),
          metrics.count('ReadFailures', 'cluster not readable'),
        ]),
      ],
      [
        graph(
          'Milliseconds to the answer',
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
        graph('Cold starts', [metrics.count('ColdStarts', 'cold starts')], { right: [metrics.coldStartShare(1)] }),
      ],
      [
        graph('Not let in', [
          metrics.count('Refused', 'no valid token, or no review'),
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
