// What the annotations of GCP mean, for docs and CLI.

import type { KeyDocs } from './key-docs.ts';
import type { KeyName } from './keys.ts';

export const gcpKeyDocs = {
  'cwii.dev/gcp-service-account': {
    effect: 'The Google service account to impersonate. Its presence triggers GCP injection.',
    byDefault: 'direct federation, where `cwii.dev/gcp-inject` asks for GCP',
    example: 'my-app@my-project.iam.gserviceaccount.com',
  },
  'cwii.dev/gcp-inject': {
    effect:
      '`"true"` asks for GCP, without a service account by direct federation; `"false"` suppresses GCP injection.',
    byDefault: 'injected where `cwii.dev/gcp-service-account` is set',
    example: 'true',
  },
  'cwii.dev/gcp-audience': {
    effect: "The workload identity provider's full name, with or without `https:`. Required.",
    byDefault: '`CWII_GCP_DEFAULT_AUDIENCE`, else no GCP injection',
    example:
      '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/my-pool/providers/my-cluster',
  },
  'cwii.dev/gcp-token-audience': {
    effect: "The audience of the projected token, where the provider's allowed audiences are others than its name.",
    byDefault: 'the value of `cwii.dev/gcp-audience`',
    example: 'sts.googleapis.com',
  },
  'cwii.dev/gcp-project': {
    effect:
      "Sets `GOOGLE_CLOUD_PROJECT` and `CLOUDSDK_CORE_PROJECT`: the project, by its ID, that the SDKs and gcloud work in where the program names none. Node.js's library needs one.",
    byDefault: 'no project is set',
    example: 'my-project',
  },
  'cwii.dev/gcp-delivery': {
    effect:
      'How the credentials file reaches the pod: `downward-api` projects it from an annotation, without a container; `init-container` has a container write it once, so that it does not follow the annotation of the running pod.',
    byDefault: '`downward-api`',
    example: 'init-container',
  },
  'cwii.dev/gcp-token-expiration': {
    effect:
      'Lifetime of the projected token in seconds. Kubernetes allows no less than 600; a smaller value is raised.',
    byDefault: '`CWII_TOKEN_EXPIRATION`, else 3600',
    example: '3600',
  },
  'cwii.dev/gcp-verify': {
    effect:
      'Adds the init container `cwii-gcp-verify`, which runs `gcloud auth application-default print-access-token` and only logs a failure.',
    byDefault: 'no verification',
    example: 'true',
  },
  'cwii.dev/gcp-verify-enforce': {
    effect: 'With `cwii.dev/gcp-verify`: a failed verification keeps the pod from starting.',
    byDefault: 'a failed verification is only logged',
    example: 'true',
  },
  'cwii.dev/gcp-verify-image': {
    effect: 'The image of the verify init container; it needs `sh`, `timeout` and gcloud.',
    byDefault: '`CWII_GCP_VERIFY_IMAGE`, else `google/cloud-sdk:slim`',
    example: 'registry.example.com/cloud-sdk:slim',
  },
} satisfies Record<Extract<KeyName, `cwii.dev/gcp-${string}`>, KeyDocs>;
