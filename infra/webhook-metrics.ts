// The CloudWatch metrics of one webhook: those that the function publishes, and those of Lambda.

import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { MetricsOf } from '../lib/common/metrics.ts';
import type { ClusterWebhook } from './cluster-webhook.ts';

const period = Duration.minutes(5);

export class WebhookMetrics {
  readonly #webhook: ClusterWebhook;

  constructor(webhook: ClusterWebhook) {
    this.#webhook = webhook;
  }

  /** A count that the function publishes. */
  count(name: MetricsOf['webhook'], label?: string): Metric {
    return this.#webhook.metric(name, label === undefined ? {} : { label });
  }

  /** The time from the event to the answer, in milliseconds. @param statistic such as `p99` */
  duration(statistic: string): Metric {
    return this.#webhook.metricDuration({ statistic, label: `${statistic} in the function` });
  }

  /**
   * The latency at the Function URL in milliseconds: cold starts are included, the network to the cluster is
   * not.
   */
  latency(statistic: 'Average' | 'Maximum', label?: string): Metric {
    return this.#lambda('UrlRequestLatency', statistic, label);
  }

  /** A count that Lambda publishes. */
  lambda(name: 'Errors' | 'Throttles' | 'Url4xxCount' | 'Url5xxCount' | 'UrlRequestCount', label?: string): Metric {
    return this.#lambda(name, 'Sum', label);
  }

  concurrency(): Metric {
    return this.#lambda('ConcurrentExecutions', 'Maximum', 'at the same time');
  }

  /**
   * The percentage of calls with a cold start. With fewer calls than `minCalls` it is not meaningful, and is
   * 0.
   */
  coldStartPercentage(minCalls: number): MathExpression {
    return new MathExpression({
      expression: `IF(calls >= ${minCalls}, 100 * cold / calls, 0)`,
      usingMetrics: { cold: this.count('ColdStarts'), calls: this.lambda('UrlRequestCount') },
      label: 'cold starts, per cent of calls',
      period,
    });
  }

  #lambda(metricName: string, statistic: string, label?: string): Metric {
    return new Metric({
      namespace: 'AWS/Lambda',
      metricName,
      dimensionsMap: { FunctionName: this.#webhook.function.functionName },
      statistic,
      period,
      ...(label !== undefined && { label }),
    });
  }
}
