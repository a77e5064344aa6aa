// What the annotations of AWS mean, for docs and CLI.

import type { KeyDocs } from './key-docs.ts';
import type { KeyName } from './keys.ts';

export const awsKeyDocs = {
  'cwii.dev/aws-role-arn': {
    effect: 'The IAM role to assume; sets `AWS_ROLE_ARN`. Its presence is what triggers AWS injection.',
    byDefault: 'no AWS injection',
    example: 'arn:aws:iam::123456789012:role/cwii-my-app',
  },
  'cwii.dev/aws-inject': {
    effect: '`"false"` suppresses AWS injection; `"true"` states that it is wanted, and warns where no role is set.',
    byDefault: 'injected where `cwii.dev/aws-role-arn` is set',
    example: 'false',
  },
  'cwii.dev/aws-region': {
    effect: 'Sets `AWS_REGION` where a container does not set it itself.',
    byDefault: '`CWII_AWS_DEFAULT_REGION`, else not set',
    example: 'us-east-1',
  },
  'cwii.dev/aws-role-session-name': {
    effect:
      'Sets `AWS_ROLE_SESSION_NAME`, the name of the session in CloudTrail, where a container does not set it itself. `$(pod.name)` and `$(pod.uid)` stand for the pod.',
    byDefault: 'not set: the SDK makes one up',
    example: '$(pod.name)',
  },
  'cwii.dev/aws-sts-regional-endpoints': {
    effect: '`"true"` sets `AWS_STS_REGIONAL_ENDPOINTS=regional`, which old SDKs need to call STS in their region.',
    byDefault: 'not set: the SDK decides',
    example: 'true',
  },
  'cwii.dev/aws-audience': {
    effect:
      "The audience of the projected token. Must be a client ID of the IAM OIDC provider and the trust policy's `aud`.",
    byDefault: '`CWII_AWS_DEFAULT_AUDIENCE`, else `sts.amazonaws.com`',
    example: 'sts.amazonaws.com',
  },
  'cwii.dev/aws-token-expiration': {
    effect:
      'Lifetime of the projected token in seconds. Kubernetes allows no less than 600; a smaller value is raised.',
    byDefault: '`CWII_TOKEN_EXPIRATION`, else 3600',
    example: '3600',
  },
  'cwii.dev/aws-verify': {
    effect:
      'Adds the init container `cwii-aws-verify`, which runs `aws sts get-caller-identity` and only logs a failure.',
    byDefault: 'no verification',
    example: 'true',
  },
  'cwii.dev/aws-verify-enforce': {
    effect: 'With `cwii.dev/aws-verify`: a failed verification keeps the pod from starting.',
    byDefault: 'a failed verification is only logged',
    example: 'true',
  },
  'cwii.dev/aws-verify-image': {
    effect: 'The image of the verify init container; it needs `sh` and the AWS CLI v2.',
    byDefault: '`CWII_AWS_VERIFY_IMAGE`, else `amazon/aws-cli:latest`',
    example: 'registry.example.com/aws-cli:2.31.0',
  },
} satisfies Record<Extract<KeyName, `cwii.dev/aws-${string}`>, KeyDocs>;
