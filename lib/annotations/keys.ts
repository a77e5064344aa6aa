// Every annotation that cwii reads or writes: its public API.
//
// key-docs.ts describes each key; no function loads that file.

/** The prefix of all annotations of cwii. */
export const KEY_PREFIX = 'cwii.dev/';

/** A cloud's abbreviation in annotations, volume names and `cwii.dev/injected`. */
export type ProviderId = 'aws' | 'az' | 'gcp';

/**
 * How a key's text is read; see `resolve`. Seconds and names stay text, because an error in them is a
 * finding. A rare key and a reference in a template are text for a part of the function that few admissions
 * load; see provider-set.ts.
 */
export type KeyType = 'string' | 'boolean' | 'seconds' | 'names' | 'template' | 'rare';

/** The keys without their prefix, which would need 300 bytes in the bundle. */
const keyTypes = {
  'aws-role-arn': 'string',
  'aws-target-role-arn': 'rare',
  'aws-external-id': 'rare',
  'aws-inject': 'boolean',
  'aws-region': 'string',
  'aws-set-default-region': 'boolean',
  'aws-role-session-name': 'template',
  'aws-sts-regional-endpoints': 'boolean',
  'aws-audience': 'string',
  'aws-token-expiration': 'seconds',
  'aws-verify': 'boolean',
  'aws-verify-enforce': 'boolean',
  'aws-verify-image': 'string',

  'gcp-service-account': 'string',
  'gcp-inject': 'boolean',
  'gcp-audience': 'string',
  'gcp-token-audience': 'string',
  'gcp-project': 'string',
  'gcp-delivery': 'string',
  'gcp-token-expiration': 'seconds',
  'gcp-token-lifetime': 'seconds',
  'gcp-verify': 'boolean',
  'gcp-verify-enforce': 'boolean',
  'gcp-verify-image': 'string',

  'az-client-id': 'string',
  'az-inject': 'boolean',
  'az-tenant-id': 'string',
  'az-authority-host': 'string',
  'az-audience': 'string',
  'az-token-expiration': 'seconds',
  'az-verify': 'boolean',
  'az-verify-enforce': 'boolean',
  'az-verify-image': 'string',

  'skip-containers': 'names',
  'include-containers': 'names',
} as const satisfies Record<string, KeyType>;

/** The keys that can be set on a pod, its owning workload, its ServiceAccount and its namespace. */
export const annotationKeys = Object.fromEntries(
  Object.entries(keyTypes).map(([name, type]) => [KEY_PREFIX + name, type]),
) as { readonly [Name in keyof typeof keyTypes as `${typeof KEY_PREFIX}${Name}`]: (typeof keyTypes)[Name] };

/**
 * The role of one container: this key and the container's name. A name in an annotation's key has at most 63
 * characters, so a container with a longer name than 50 sets `AWS_ROLE_ARN` itself.
 */
export const CONTAINER_ROLE = 'cwii.dev/aws-role-arn.';

export type KeyName = keyof typeof annotationKeys;

/** The type of a key's value after it was read. */
export type ValueOf<K extends KeyName> = (typeof annotationKeys)[K] extends 'boolean' ? boolean : string;

/** The keys of services, which are known only after the services were loaded. */
export interface ServiceKeys {
  /** `output` for an annotation that cwii writes; undefined if no service has the key. */
  readonly typeOf: (key: string) => KeyType | 'output' | undefined;
  /** The keys of all services, for hints. */
  readonly names: readonly string[];
}

/** The status annotation: a comma-joined, sorted list of the providers whose identity is on the pod. */
export const INJECTED = 'cwii.dev/injected';

/** GCP's credentials file, which the kubelet projects from here into the pod. */
export const GCP_CREDENTIALS = 'cwii.dev/gcp-credentials';

/** The AWS config file of a pod with a target role, which the kubelet projects from here into the pod. */
export const AWS_CONFIG = 'cwii.dev/aws-config';

/**
 * Variables of the user that a later admission could take for cwii's: comma-joined, sorted
 * `container=VARIABLE`.
 */
export const KEPT_VARIABLES = 'cwii.dev/kept-variables';

/**
 * The annotations that cwii writes on pods. They state what is on the pod; any other value is overwritten.
 */
export const outputKeys = [INJECTED, GCP_CREDENTIALS, AWS_CONFIG, KEPT_VARIABLES] as const;

export type OutputKey = (typeof outputKeys)[number];

export function isKeyName(name: string): name is KeyName {
  return Object.hasOwn(annotationKeys, name);
}

export function isOutputKey(name: string): name is OutputKey {
  return outputKeys.some((key) => key === name);
}

/** The label of namespaces whose pods are sent to the webhook. As an annotation it has no effect. */
export const INJECT_KEY = 'cwii.dev/inject';

/** The annotation of kiam and kube2iam, whose users would otherwise see nothing happen. */
export const KIAM_ROLE = 'iam.amazonaws.com/role';

/**
 * The prefix of cwii, `cwii` with another ending, and misspelt forms of it before `.dev`. It is a pattern of
 * RE2 as well, for the webhook configuration.
 */
const PREFIX_LIKE = /^(cwii([.-][a-z0-9.-]*)?|[ciwl]{2,6}[.]dev)[/]/;

export const PREFIX_PATTERN = PREFIX_LIKE.source;

/** Whether the prefix of a key is a misspelt `cwii.dev/`. */
export function isNearMiss(key: string): boolean {
  return isForCwii(key) && !key.startsWith(KEY_PREFIX);
}

/** Whether a key is one of cwii, or was probably meant to be. */
export function isForCwii(key: string): boolean {
  return PREFIX_LIKE.test(key);
}
