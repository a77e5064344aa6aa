// The functions' own metrics as CloudWatch has them: namespace and dimensions are those that lib/metrics.ts writes.

import type { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { MetricsOf, ServiceName } from '../lib/metrics.ts';

/** Of lib/metrics.ts, which is not loaded here: it brings a package that only the functions have. */
export const METRIC_NAMESPACE = 'cwii';

export function functionMetric<Service extends ServiceName>(
  service: Service,
  cluster: string,
  metricName: MetricsOf[Service],
  { statistic, period, label }: { statistic: string; period: Duration; label?: string },
): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { service, cluster },
    statistic,
    period,
    ...(label !== undefined && { label }),
  });
}
