// Every annotation that cwii reads or writes: its public API. docs/annotations.md is generated from this table.

/** What all keys of cwii begin with. */
export const KEY_PREFIX = 'cwii.dev/';

/** How a key's text is read: see `resolve`. Seconds stay text here, because what cannot be read is a finding. */
export type KeyType = 'string' | 'boolean' | 'seconds';

export interface AnnotationKey {
  readonly type: KeyType;
  /** What it does, as one sentence for docs/annotations.md. */
  readonly effect: string;
  /** What holds where the key is explicit nowhere, in words for the docs. */
  readonly byDefault: string;
  readonly example: string;
}

/** The keys that can be set on a pod, its owning workload, its ServiceAccount and its namespace. */
export const annotationKeys = {
  'cwii.dev/aws-role-arn': {
    type: 'string',
    effect: 'The IAM role to assume; sets `AWS_ROLE_ARN`. Its presence is what triggers AWS injection.',
    byDefault: 'no AWS injection',
    example: 'arn:aws:iam::123456789012:role/cwii-my-app',
  },
  'cwii.dev/aws-inject': {
    type: 'boolean',
    effect: '`"false"` suppresses AWS injection; `"true"` states that it is wanted, and warns where no role is set.',
    byDefault: 'injected where `cwii.dev/aws-role-arn` is set',
    example: 'false',
  },
  'cwii.dev/aws-region': {
    type: 'string',
    effect: 'Sets `AWS_REGION` where a container does not set it itself.',
    byDefault: 'not set',
    example: 'us-east-1',
  },
  'cwii.dev/aws-role-session-name': {
    type: 'string',
    effect:
      'Sets `AWS_ROLE_SESSION_NAME`, the name of the session in CloudTrail, where a container does not set it itself.',
    byDefault: 'not set: the SDK makes one up',
    example: 'my-app',
  },
  'cwii.dev/aws-audience': {
    type: 'string',
    effect:
      "The audience of the projected token. Must be a client ID of the IAM OIDC provider and the trust policy's `aud`.",
    byDefault: '`CWII_AWS_DEFAULT_AUDIENCE`, else `sts.amazonaws.com`',
    example: 'sts.amazonaws.com',
  },
  'cwii.dev/aws-token-expiration': {
    type: 'seconds',
    effect:
      'Lifetime of the projected token in seconds. Kubernetes allows no less than 600; a smaller value is raised.',
    byDefault: '`CWII_TOKEN_EXPIRATION`, else 3600',
    example: '3600',
  },
  'cwii.dev/aws-verify': {
    type: 'boolean',
    effect:
      'Adds the init container `cwii-aws-verify`, which runs `aws sts get-caller-identity` and only logs a failure.',
    byDefault: 'no verification',
    example: 'true',
  },
  'cwii.dev/aws-verify-enforce': {
    type: 'boolean',
    effect: 'With `cwii.dev/aws-verify`: a failed verification keeps the pod from starting.',
    byDefault: 'a failed verification is only logged',
    example: 'true',
  },
  'cwii.dev/aws-verify-image': {
    type: 'string',
    effect: 'The image of the verify init container; it needs `sh` and the AWS CLI v2.',
    byDefault: '`CWII_AWS_VERIFY_IMAGE`, else `amazon/aws-cli:latest`',
    example: 'registry.example.com/aws-cli:2.31.0',
  },
} as const satisfies Record<`${typeof KEY_PREFIX}${string}`, AnnotationKey>;

export type KeyName = keyof typeof annotationKeys;

/** What a key's value is once it has been read. */
export type ValueOf<K extends KeyName> = (typeof annotationKeys)[K]['type'] extends 'boolean' ? boolean : string;

/** The status annotation: a comma-joined, sorted list of the providers whose identity is on the pod. */
export const INJECTED = 'cwii.dev/injected';

/** The annotations that cwii writes on pods. They state what is on the pod; what others write there is overwritten. */
export const outputKeys = {
  [INJECTED]: 'The providers whose identity is on the pod, sorted and comma-joined, such as `aws`.',
} as const;

export function isKeyName(name: string): name is KeyName {
  return Object.hasOwn(annotationKeys, name);
}

export function isOutputKey(name: string): name is keyof typeof outputKeys {
  return Object.hasOwn(outputKeys, name);
}
