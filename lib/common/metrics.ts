// What the functions count, by the names that dashboard and alarms rely on.

/** What each function counts. */
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

/** In which CloudWatch has them. */
export const METRIC_NAMESPACE = 'cwii';
