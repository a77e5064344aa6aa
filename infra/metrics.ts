// CloudWatch metrics that the functions publish, with the dimensions of functions/embedded-metrics.ts.

import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_NAMESPACE, type MetricsOf, type ServiceName } from '../lib/common/metrics.ts';

/** @param options by default the sum in five minutes */
export function functionMetric<Service extends ServiceName>(
  service: Service,
  cluster: string,
  metricName: MetricsOf[Service],
  options: MetricOptions,
): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { service, cluster },
    statistic: 'Sum',
    period: Duration.minutes(5),
    ...options,
  });
}
