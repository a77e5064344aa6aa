// The smallest manifests of pods, ServiceAccounts and all built-in kinds of workloads.

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly namespace: string; readonly name: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

export type Annotations = Readonly<Record<string, string>>;

export type WorkloadKind = keyof typeof apiVersions;

const apiVersions = {
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  ReplicaSet: 'apps/v1',
  ReplicationController: 'v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
} as const;

export interface PodOptions {
  readonly annotations?: Annotations;
  readonly labels?: Readonly<Record<string, string>>;
  readonly [specField: string]: unknown;
}

export interface WorkloadOptions {
  /** On the workload itself. */
  readonly annotations?: Annotations;
  /** On the Jobs of a CronJob. */
  readonly jobAnnotations?: Annotations;
  /** Annotations, labels and fields of the spec of its pods. */
  readonly pod?: PodOptions;
}

/** A role with this name; tests name it after the object that asks for it. */
export function roleArn(name: string): string {
  return `arn:aws:iam::123456789012:role/${name}`;
}

/** The annotation that asks for a role. */
export function roleAnnotation(name: string): Annotations {
  return { 'cwii.dev/aws-role-arn': roleArn(name) };
}

export function pod(namespace: string, name: string, options: PodOptions = {}): Manifest {
  const { metadata, spec } = template(options);
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, namespace, name }, spec };
}

export function serviceAccount(namespace: string, name: string, annotations: Annotations = {}): Manifest {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name, annotations } };
}

/** A workload of one pod. */
export function workload(kind: WorkloadKind, namespace: string, name: string, options: WorkloadOptions = {}): Manifest {
  return {
    apiVersion: apiVersions[kind],
    kind,
    metadata: { namespace, name, annotations: options.annotations ?? {} },
    spec: specOf(kind, name, options),
  };
}

function specOf(kind: WorkloadKind, name: string, { jobAnnotations = {}, pod: options = {} }: WorkloadOptions): object {
  const once = template({ restartPolicy: 'Never', ...options });
  if (kind === 'Job') return { template: once };
  if (kind === 'CronJob') {
    // Once a year: it only starts a Job when a test sets its last schedule time more than a year back.
    const jobTemplate = { metadata: { annotations: jobAnnotations }, spec: { template: once } };
    return { schedule: '0 0 1 1 *', jobTemplate };
  }
  const selected = { app: name };
  return {
    selector: kind === 'ReplicationController' ? selected : { matchLabels: selected },
    ...(kind === 'StatefulSet' && { serviceName: name }),
    template: template({ ...options, labels: { ...options.labels, ...selected } }),
  };
}

/** For pods whose region, or whose whole environment, a test compares. */
export const withoutRegion = { containers: [{ name: 'app', image: 'registry.example/app' }] };

/** Without a region, cwii warns. */
const region = { name: 'AWS_REGION', value: 'eu-central-1' };

function template({ annotations = {}, labels = {}, ...spec }: PodOptions): { metadata: object; spec: object } {
  return {
    metadata: { annotations, labels },
    spec: { containers: [{ name: 'app', image: 'registry.example/app', env: [region] }], ...spec },
  };
}
