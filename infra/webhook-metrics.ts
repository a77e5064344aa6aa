// Every number that CloudWatch has of one webhook: what the function counts, and what Lambda counts of it.

import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { MetricsOf } from '../lib/common/metrics.ts';
import type { ClusterWebhook } from './cluster-webhook.ts';
import { functionMetric } from './metrics.ts';

const period = Duration.minutes(5);

export class WebhookMetrics {
  readonly #webhook: ClusterWebhook;

  constructor(webhook: ClusterWebhook) {
    this.#webhook = webhook;
  }

  /** A count of the function's own. */
  count(name: MetricsOf['webhook'], label?: string): Metric {
    const options = { statistic: 'Sum', period, ...(label !== undefined && { label }) };
    return functionMetric('webhook', this.#webhook.clusterName, name, options);
  }

  /** From the event to the answer, in milliseconds; `statistic` such as `p99`. */
  duration(statistic: string): Metric {
    const options = { statistic, period, label: `${statistic} in the function` };
    return functionMetric('webhook', this.#webhook.clusterName, 'Duration', options);
  }

  /** What the API server waits for without the network between, cold starts included; in milliseconds. */
  latency(statistic: 'Average' | 'Maximum', label?: string): Metric {
    return this.#lambda('UrlRequestLatency', statistic, label);
  }

  /** A count of Lambda's. */
  lambda(name: 'Errors' | 'Throttles' | 'Url4xxCount' | 'Url5xxCount' | 'UrlRequestCount', label?: string): Metric {
    return this.#lambda(name, 'Sum', label);
  }

  concurrency(): Metric {
    return this.#lambda('ConcurrentExecutions', 'Maximum', 'at the same time');
  }

  /** How many of a hundred calls met a cold start; 0 where there were fewer calls than `least`, which say nothing. */
  coldStartShare(least: number): MathExpression {
    return new MathExpression({
      expression: `IF(calls >= ${least}, 100 * cold / calls, 0)`,
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
