// The documentation of every annotation, for docs/annotations.md and the CLI.
//
// A key of keys.ts without an entry here, or an entry without a key, does not compile.

import { AWS_CONFIG, GCP_CREDENTIALS, INJECTED, KEPT_VARIABLES, type KeyName, type OutputKey } from './keys.ts';

export interface KeyDocs {
  /** The effect, in a sentence or two. */
  readonly effect: string;
  /** The value or effect if no scope sets the key. */
  readonly byDefault: string;
  readonly example: string;
}

/** In the order of the docs. */
export const keyDocs: Readonly<Record<KeyName, KeyDocs>> = {
  'cwii.dev/aws-role-arn': {
    effect: 'The IAM role to assume; sets `AWS_ROLE_ARN`. Its presence triggers AWS injection.',
    byDefault: 'no AWS injection',
    example: 'arn:aws:iam::123456789012:role/cwii-my-app',
  },
  'cwii.dev/aws-target-role-arn': {
    effect:
      'A second role, usually in another account, which the role of `cwii.dev/aws-role-arn` assumes. The containers get `AWS_CONFIG_FILE` in place of `AWS_ROLE_ARN` and the token file.',
    byDefault: 'the pod has the role of `cwii.dev/aws-role-arn`',
    example: 'arn:aws:iam::210987654321:role/shared-data',
  },
  'cwii.dev/aws-external-id': {
    effect: 'With `cwii.dev/aws-target-role-arn`: the external ID that the trust policy of the second role requires.',
    byDefault: 'none is sent',
    example: 'my-cluster-7f3a',
  },
  'cwii.dev/aws-inject': {
    effect: '`"false"` suppresses AWS injection; `"true"` requests it, and gives a warning if no role is set.',
    byDefault: 'injected if `cwii.dev/aws-role-arn` is set',
    example: 'false',
  },
  'cwii.dev/aws-region': {
    effect: 'Sets `AWS_REGION` if a container sets neither `AWS_REGION` nor `AWS_DEFAULT_REGION` itself.',
    byDefault: '`CWII_AWS_DEFAULT_REGION`, else not set',
    example: 'us-east-1',
  },
  'cwii.dev/aws-set-default-region': {
    effect:
      '`"true"` also sets `AWS_DEFAULT_REGION`, which boto3 and the AWS CLI v1 read. Outside the partition `aws` it is always set.',
    byDefault: '`CWII_AWS_SET_DEFAULT_REGION`, else `AWS_REGION` only',
    example: 'true',
  },
  'cwii.dev/aws-role-session-name': {
    effect:
      'Sets `AWS_ROLE_SESSION_NAME`, the name of the session in CloudTrail, if a container does not set it itself. `$(pod.name)`, `$(pod.uid)`, `$(pod.namespace)` and `$(serviceaccount.name)` are replaced, also within a text; the last two are shortened if the whole would be longer than 64 characters.',
    byDefault: 'not set: the SDK generates a name',
    example: '$(pod.name)',
  },
  'cwii.dev/aws-sts-regional-endpoints': {
    effect: '`"true"` sets `AWS_STS_REGIONAL_ENDPOINTS=regional`, which old SDKs need to call STS in their region.',
    byDefault: 'not set: the SDK decides',
    example: 'true',
  },
  'cwii.dev/aws-audience': {
    effect:
      'The audience of the projected token. It must be a client ID of the IAM OIDC provider and the `aud` of the trust policy.',
    byDefault: '`CWII_AWS_DEFAULT_AUDIENCE`, else `sts.amazonaws.com`',
    example: 'sts.amazonaws.com',
  },
  'cwii.dev/aws-token-expiration': {
    effect: 'Lifetime of the projected token in seconds. Kubernetes requires at least 600; a smaller value is raised.',
    byDefault: '`CWII_TOKEN_EXPIRATION`, else 3600',
    example: '3600',
  },
  'cwii.dev/aws-verify': {
    effect: 'Adds the init container `cwii-aws-verify`, which runs `aws sts get-caller-identity` and logs a failure.',
    byDefault: 'no verification',
    example: 'true',
  },
  'cwii.dev/aws-verify-enforce': {
    effect: 'With `cwii.dev/aws-verify`: a failed verification prevents the pod from starting.',
    byDefault: 'a failed verification is only logged',
    example: 'true',
  },
  'cwii.dev/aws-verify-image': {
    effect: 'The image of the verify init container; it needs `sh` and the AWS CLI v2.',
    byDefault: '`CWII_AWS_VERIFY_IMAGE`, else `amazon/aws-cli:latest`',
    example: 'registry.example.com/aws-cli:2.31.0',
  },

  'cwii.dev/gcp-service-account': {
    effect: 'The Google service account to impersonate. Its presence triggers GCP injection.',
    byDefault: 'direct federation, if `cwii.dev/gcp-inject` requests GCP',
    example: 'my-app@my-project.iam.gserviceaccount.com',
  },
  'cwii.dev/gcp-inject': {
    effect:
      '`"true"` requests GCP, with direct federation if no service account is set; `"false"` suppresses GCP injection.',
    byDefault: 'injected if `cwii.dev/gcp-service-account` is set',
    example: 'true',
  },
  'cwii.dev/gcp-audience': {
    effect: 'The full name of the workload identity provider, with or without `https:`. Required.',
    byDefault: '`CWII_GCP_DEFAULT_AUDIENCE`, else no GCP injection',
    example:
      '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/my-pool/providers/my-cluster',
  },
  'cwii.dev/gcp-token-audience': {
    effect: "The audience of the projected token, if the provider's allowed audiences do not include its name.",
    byDefault: 'the value of `cwii.dev/gcp-audience`',
    example: 'sts.googleapis.com',
  },
  'cwii.dev/gcp-project': {
    effect:
      'Sets `GOOGLE_CLOUD_PROJECT` and `CLOUDSDK_CORE_PROJECT`: the ID of the project in which the SDKs and gcloud work if the program names none. The library for Node.js needs one.',
    byDefault: 'no project is set',
    example: 'my-project',
  },
  'cwii.dev/gcp-delivery': {
    effect:
      'How the credentials file is delivered: `downward-api` projects it from an annotation, without a container; with `init-container`, a container writes it once, so it does not change with the annotation of the running pod.',
    byDefault: '`downward-api`',
    example: 'init-container',
  },
  'cwii.dev/gcp-token-expiration': {
    effect: 'Lifetime of the projected token in seconds. Kubernetes requires at least 600; a smaller value is raised.',
    byDefault: '`CWII_TOKEN_EXPIRATION`, else 3600',
    example: '3600',
  },
  'cwii.dev/gcp-token-lifetime': {
    effect:
      'Lifetime of the access token of the Google service account in seconds, 600 to 43200. Google allows more than 3600 only for service accounts that an organization policy lists.',
    byDefault: 'an hour, as Google decides',
    example: '7200',
  },
  'cwii.dev/gcp-verify': {
    effect:
      'Adds the init container `cwii-gcp-verify`, which runs `gcloud auth application-default print-access-token` and logs a failure.',
    byDefault: 'no verification',
    example: 'true',
  },
  'cwii.dev/gcp-verify-enforce': {
    effect: 'With `cwii.dev/gcp-verify`: a failed verification prevents the pod from starting.',
    byDefault: 'a failed verification is only logged',
    example: 'true',
  },
  'cwii.dev/gcp-verify-image': {
    effect: 'The image of the verify init container; it needs `sh`, `timeout` and gcloud.',
    byDefault: '`CWII_GCP_VERIFY_IMAGE`, else `google/cloud-sdk:slim`',
    example: 'registry.example.com/cloud-sdk:slim',
  },

  'cwii.dev/az-client-id': {
    effect:
      'The client ID of the application or managed identity; sets `AZURE_CLIENT_ID`. Its presence triggers Azure injection.',
    byDefault: 'no Azure injection',
    example: '11111111-2222-3333-4444-555555555555',
  },
  'cwii.dev/az-inject': {
    effect:
      '`"false"` suppresses Azure injection; `"true"` requests it. Without a client ID, the containers must bring `AZURE_CLIENT_ID`; if none does, nothing is injected, with a warning.',
    byDefault: 'injected if `cwii.dev/az-client-id` is set',
    example: 'false',
  },
  'cwii.dev/az-tenant-id': {
    effect: 'The tenant ID; sets `AZURE_TENANT_ID`. Required.',
    byDefault: '`CWII_AZ_DEFAULT_TENANT_ID`, else no Azure injection',
    example: '66666666-7777-8888-9999-000000000000',
  },
  'cwii.dev/az-authority-host': {
    effect:
      "Sets `AZURE_AUTHORITY_HOST`, the host that receives the token: one of Microsoft's clouds, or one that `CWII_ALLOWED_AZ_AUTHORITY_HOSTS` lists.",
    byDefault: '`https://login.microsoftonline.com/`',
    example: 'https://login.microsoftonline.us/',
  },
  'cwii.dev/az-audience': {
    effect: 'The audience of the projected token. It must be the audience of the federated credential.',
    byDefault: '`CWII_AZ_DEFAULT_AUDIENCE`, else `api://AzureADTokenExchange`',
    example: 'api://AzureADTokenExchange',
  },
  'cwii.dev/az-token-expiration': {
    effect:
      'Lifetime of the projected token in seconds. Kubernetes requires at least 600; a smaller value is raised. Below 3600, SDKs can send an expired token, and cwii warns.',
    byDefault: '`CWII_TOKEN_EXPIRATION`, else 3600',
    example: '3600',
  },
  'cwii.dev/az-verify': {
    effect:
      'Adds the init container `cwii-az-verify`, which runs `az login --federated-token` and `az account show`, and logs a failure.',
    byDefault: 'no verification',
    example: 'true',
  },
  'cwii.dev/az-verify-enforce': {
    effect: 'With `cwii.dev/az-verify`: a failed verification prevents the pod from starting.',
    byDefault: 'a failed verification is only logged',
    example: 'true',
  },
  'cwii.dev/az-verify-image': {
    effect: 'The image of the verify init container; it needs `sh`, `timeout` and the Azure CLI.',
    byDefault: '`CWII_AZ_VERIFY_IMAGE`, else `mcr.microsoft.com/azure-cli:latest`',
    example: 'registry.example.com/azure-cli:2.84.0',
  },

  'cwii.dev/skip-containers': {
    effect: 'Containers that get no identity, by name, comma-separated.',
    byDefault: 'none is skipped',
    example: 'istio-proxy,log-shipper',
  },
  'cwii.dev/include-containers': {
    effect:
      'The only containers that get an identity, by name, comma-separated; those in `skip-containers` are excluded.',
    byDefault: 'all containers',
    example: 'app',
  },
};

export const outputKeyDocs: Readonly<Record<OutputKey, string>> = {
  [INJECTED]:
    'The providers whose identity is on the pod, sorted and comma-joined, such as `aws` or `aws,az,gcp`. With `CWII_MARK_PODS` it is on every pod, and empty if nothing is injected. `(policies)` at the end says that only policies of the API server have seen the pod (`cwii manifests --policies`).',
  [GCP_CREDENTIALS]: "GCP's credentials file (it holds no secret), which the kubelet projects into the pod.",
  [AWS_CONFIG]:
    'The AWS config file of a pod with a target role (it holds no secret), which the kubelet projects into the pod.',
  [KEPT_VARIABLES]:
    "The variables beside cwii's token that a container sets itself, such as `envoy=AWS_ROLE_ARN`; only those that cwii could take for its own when the pod is created again.",
};
