// The metrics of each function, with the names that the dashboard and the alarms use.

/** The metrics of each function. */
export interface MetricsOf {
  webhook: /** AdmissionReviews that were answered with a review. */
    | 'Admissions'
    /** Pods that have an identity afterwards. */
    | 'Injections'
    /** Pods that were denied. */
    | 'Denials'
    /** Requests for which objects of the cluster could not be read, whatever the answer. */
    | 'ReadFailures'
    /** Calls that failed (5xx), for which the failurePolicy decided. */
    | 'Errors'
    /** Calls that were not authenticated or not an AdmissionReview (4xx). */
    | 'Refused'
    | 'ColdStarts'
    /** From the event to the answer, in milliseconds. */
    | 'Duration'
    /** HTTP requests made to the cluster. */
    | 'ClusterReads';
  issuer: /** Runs after which the bucket is up to date. */
    | 'Published'
    /** Runs that failed; the documents that were published before are still served. */
    | 'Failures'
    /** Problems in a successful run. A warning counts again in every run until its cause is removed. */
    | 'Warnings'
    /** Published keys. */
    | 'Keys';
  /** TokenAgeRatio: the age of the token divided by its requested lifetime, from 0 to 1. */
  'token-rotation': 'Rotated' | 'Failures' | 'TokenAgeRatio';
}

export type ServiceName = keyof MetricsOf;

/** One value for each metric; absent metrics are not recorded. */
export type Measurements<Service extends ServiceName> = Readonly<Partial<Record<MetricsOf[Service], number>>>;

/** Writes one line with all measurements. */
export type RecordMetrics<Service extends ServiceName> = (measurements: Measurements<Service>) => void;

/** The namespace of the metrics in CloudWatch. */
export const METRIC_NAMESPACE = 'cwii';
