// Records metrics in CloudWatch's embedded metric format, which needs a log line and no API call.

import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { LogWriter } from '../lib/common/log.ts';
import { METRIC_NAMESPACE, type RecordMetrics, type ServiceName } from '../lib/common/metrics.ts';

/** All other metrics are counts. */
const units: Readonly<Record<string, 'Milliseconds' | 'None'>> = {
  Duration: MetricUnit.Milliseconds,
  TokenAgeRatio: MetricUnit.NoUnit,
};

export function createMetrics<Service extends ServiceName>(
  service: Service,
  cluster: string | undefined,
  write: LogWriter,
): RecordMetrics<Service> {
  const metrics = new Metrics({
    namespace: METRIC_NAMESPACE,
    serviceName: service,
    ...(cluster && { defaultDimensions: { cluster } }),
  });
  return (measurements) => {
    for (const [name, value] of Object.entries<number>(measurements as Readonly<Record<string, number>>)) {
      metrics.addMetric(name, units[name] ?? MetricUnit.Count, value);
    }
    // Not with the package's own console: all output goes through one writer, which tests can replace.
    write(`${JSON.stringify(metrics.serializeMetrics())}\n`);
    metrics.clearMetrics();
  };
}
