// The functions' metrics, in CloudWatch's embedded metric format: their names, units and dimensions. CloudWatch makes
// them of a line in the log, so nothing is called for them.

import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { LogWriter } from './log.ts';

/** What each function counts. Dashboard and alarms (`infra/`) rely on these names. */
export interface MetricsOf {
  webhook: /** AdmissionReviews that were answered with a review. */
    | 'Admissions'
    /** Of these, pods that carry an identity afterwards. */
    | 'Injections'
    /** Of these, pods that were refused. */
    | 'Denials'
    /** Times that objects of the cluster could not be read, whatever was answered. */
    | 'ReadFailures'
    /** Calls that failed (5xx), so that failurePolicy decided. */
    | 'Errors'
    /** Calls that were not let in or were no AdmissionReview (4xx). */
    | 'Refused'
    | 'ColdStarts'
    /** From the event to the answer, in milliseconds. */
    | 'Duration'
    /** HTTP requests made to the cluster. */
    | 'ClusterReads';
  issuer: /** Runs after which the bucket is as it should be. */
    | 'Published'
    /** Runs that failed; what was served before is served on. */
    | 'Failures'
    /** What a person should look at though the run went well; a warning counts again with each run until it is mended. */
    | 'Warnings'
    /** Keys that are served. */
    | 'Keys';
  /** TokenAgeRatio: how much of the token's asked lifetime is over, from 0 to 1. */
  'token-rotation': 'Rotated' | 'Failures' | 'TokenAgeRatio';
}

export type ServiceName = keyof MetricsOf;

/** One value a metric; those that are not there are not counted. */
export type Measurements<Service extends ServiceName> = Readonly<Partial<Record<MetricsOf[Service], number>>>;

/** Writes one line with all of them. */
export type RecordMetrics<Service extends ServiceName> = (measurements: Measurements<Service>) => void;

export const NAMESPACE = 'cwii';

/** All other metrics are counts. */
const units: Readonly<Record<string, 'Milliseconds' | 'None'>> = {
  Duration: MetricUnit.Milliseconds,
  TokenAgeRatio: MetricUnit.NoUnit,
};

export function createMetrics<Service extends ServiceName>(
  service: Service,
  cluster: string | undefined,
  write: LogWriter = (line) => void process.stdout.write(line),
): RecordMetrics<Service> {
  const metrics = new Metrics({
    namespace: NAMESPACE,
    serviceName: service,
    ...(cluster && { defaultDimensions: { cluster } }),
  });
  return (measurements) => {
    for (const [name, value] of Object.entries<number>(measurements as Readonly<Record<string, number>>)) {
      metrics.addMetric(name, units[name] ?? MetricUnit.Count, value);
    }
    // Not the package's own console: the log has one writer, which tests can read.
    write(`${JSON.stringify(metrics.serializeMetrics())}\n`);
    metrics.clearMetrics();
  };
}
