// CloudWatch metrics that the functions publish, with the dimensions of functions/embedded-metrics.ts.

import type { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_NAMESPACE, type MetricsOf, type ServiceName } from '../lib/common/metrics.ts';

interface MetricOptions {
  readonly statistic: string;
  readonly period: Duration;
  readonly label?: string;
  /** @default those of the stack */
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

export function functionMetric<Service extends ServiceName>(
  service: Service,
  cluster: string,
  metricName: MetricsOf[Service],
  { statistic, period, label, account, region }: MetricOptions,
): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { service, cluster },
    statistic,
    period,
    ...(label !== undefined && { label }),
    ...(account !== undefined && { account }),
    ...(region !== undefined && { region }),
  });
}
