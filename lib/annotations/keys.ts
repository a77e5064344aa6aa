// Every annotation that cwii reads or writes: its public API.
//
// key-docs.ts describes each key; no function loads that file.

/** The prefix of all annotations of cwii. */
export const KEY_PREFIX = 'cwii.dev/';

/** A cloud's abbreviation in annotations, volume names and `cwii.dev/injected`. */
export type ProviderId = 'aws' | 'az' | 'gcp';

/**
 * How a key's text is read; see `resolve`. Seconds and names stay text, because an error in them is a
 * finding.
 */
export type KeyType = 'string' | 'boolean' | 'seconds' | 'names';

/** The keys that can be set on a pod, its owning workload, its ServiceAccount and its namespace. */
export const annotationKeys = {
  'cwii.dev/aws-role-arn': 'string',
  'cwii.dev/aws-inject': 'boolean',
  'cwii.dev/aws-region': 'string',
  'cwii.dev/aws-set-default-region': 'boolean',
  'cwii.dev/aws-role-session-name': 'string',
  'cwii.dev/aws-sts-regional-endpoints': 'boolean',
  'cwii.dev/aws-audience': 'string',
  'cwii.dev/aws-token-expiration': 'seconds',
  'cwii.dev/aws-verify': 'boolean',
  'cwii.dev/aws-verify-enforce': 'boolean',
  'cwii.dev/aws-verify-image': 'string',

  'cwii.dev/gcp-service-account': 'string',
  'cwii.dev/gcp-inject': 'boolean',
  'cwii.dev/gcp-audience': 'string',
  'cwii.dev/gcp-token-audience': 'string',
  'cwii.dev/gcp-project': 'string',
  'cwii.dev/gcp-delivery': 'string',
  'cwii.dev/gcp-token-expiration': 'seconds',
  'cwii.dev/gcp-token-lifetime': 'seconds',
  'cwii.dev/gcp-verify': 'boolean',
  'cwii.dev/gcp-verify-enforce': 'boolean',
  'cwii.dev/gcp-verify-image': 'string',

  'cwii.dev/az-client-id': 'string',
  'cwii.dev/az-inject': 'boolean',
  'cwii.dev/az-tenant-id': 'string',
  'cwii.dev/az-authority-host': 'string',
  'cwii.dev/az-audience': 'string',
  'cwii.dev/az-token-expiration': 'seconds',
  'cwii.dev/az-verify': 'boolean',
  'cwii.dev/az-verify-enforce': 'boolean',
  'cwii.dev/az-verify-image': 'string',

  'cwii.dev/skip-containers': 'names',
  'cwii.dev/include-containers': 'names',
} as const satisfies Record<`${typeof KEY_PREFIX}${string}`, KeyType>;

/**
 * The role of one container: this key and the container's name. A name in an annotation's key has at most 63
 * characters, so a container with a longer name than 50 sets `AWS_ROLE_ARN` itself.
 */
export const CONTAINER_ROLE = 'cwii.dev/aws-role-arn.';

export type KeyName = keyof typeof annotationKeys;

/** The type of a key's value after it was read. */
export type ValueOf<K extends KeyName> = (typeof annotationKeys)[K] extends 'boolean' ? boolean : string;

/** The status annotation: a comma-joined, sorted list of the providers whose identity is on the pod. */
export const INJECTED = 'cwii.dev/injected';

/** GCP's credentials file, which the kubelet projects from here into the pod. */
export const GCP_CREDENTIALS = 'cwii.dev/gcp-credentials';

/**
 * Variables of the user that a later admission could take for cwii's: comma-joined, sorted
 * `container=VARIABLE`.
 */
export const KEPT_VARIABLES = 'cwii.dev/kept-variables';

/**
 * The annotations that cwii writes on pods. They state what is on the pod; any other value is overwritten.
 */
export const outputKeys = [INJECTED, GCP_CREDENTIALS, KEPT_VARIABLES] as const;

export type OutputKey = (typeof outputKeys)[number];

export function isKeyName(name: string): name is KeyName {
  return Object.hasOwn(annotationKeys, name);
}

export function isOutputKey(name: string): name is OutputKey {
  return outputKeys.some((key) => key === name);
}

/** The label of namespaces whose pods are sent to the webhook. As an annotation it has no effect. */
export const INJECT_KEY = 'cwii.dev/inject';

/**
 * The prefix of cwii, `cwii` with another ending, and misspelt forms of it before `.dev`. It is a pattern of
 * RE2 as well, for the webhook configuration.
 */
const PREFIX_LIKE = /^(cwii([.-][a-z0-9.-]*)?|[ciwl]{2,6}[.]dev)[/]/;

export const PREFIX_PATTERN = PREFIX_LIKE.source;

/** Whether the prefix of a key is a misspelt `cwii.dev/`. */
export function isNearMiss(key: string): boolean {
  return PREFIX_LIKE.test(key) && !key.startsWith(KEY_PREFIX);
}
