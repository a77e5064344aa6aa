// The documentation of every setting of the webhook, for docs/configuration.md.
//
// A variable of webhook-settings.ts without an entry here, or an entry without a variable, does not compile.

import type { SettingName } from './webhook-settings.ts';

export interface SettingDocs {
  readonly effect: string;
  readonly example: string;
}

/** In the order of the docs. */
export const settingDocs: Readonly<Record<SettingName, SettingDocs>> = {
  CWII_CALLER_TOKEN_SHA256: {
    effect:
      'SHA-256 digests, in hex, of the bearer tokens that callers may use; comma-separated, two during a rotation.',
    example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  },
  CWII_PATH_KEY_SHA256: {
    effect:
      'SHA-256 digests, in hex, of keys that callers may use in the path `/k/<key>`. A key is weaker than a token: if a call fails, the API server prints the whole URL to the creator of the pod.',
    example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  },
  CWII_CALLER_SUBJECTS: {
    effect:
      "ServiceAccounts whose tokens callers may present, comma-separated, as `system:serviceaccount:NAMESPACE:NAME`. A token needs an audience of `CWII_CALLER_AUDIENCES` and a signature of the cluster's issuer, whose keys the function reads from the API server (docs/callers.md).",
    example: 'system:serviceaccount:cwii-system:api-server',
  },
  CWII_CALLER_AUDIENCES: {
    effect:
      "The audiences that these tokens may have, comma-separated: the URLs of the webhook in the MutatingWebhookConfiguration. If not set, on Lambda: `https://HOST/mutate`, with the host of the function's own URL, and the URL of the request. Required for `cwii serve`, and for a domain of your own in front of the function.",
    example: 'https://cwii.example.com/mutate',
  },
  CWII_ALLOW_ANONYMOUS: {
    effect: 'Accepts every caller. Required if no caller is configured, and invalid together with one.',
    example: 'true',
  },
  CWII_CLUSTER_NAME: { effect: "The cluster's name in log lines.", example: 'prod-eu' },
  CWII_KUBE_API_URL: {
    effect: "The cluster's API server, as the function reaches it.",
    example: 'https://api.cluster.example.com:6443',
  },
  CWII_KUBE_CA: {
    effect: "The API server's certificate authorities, in PEM. If not set, the root certificates that Node.js trusts.",
    example: '-----BEGIN CERTIFICATE-----…',
  },
  CWII_KUBE_CREDENTIAL: {
    effect:
      'How the function authenticates to the cluster (docs/cluster-credential.md). `web-identity:AUDIENCE`: tokens that AWS STS signs for this cluster only. `secret:ARN`: a ServiceAccount token in Secrets Manager. `eks:CLUSTER`: a presigned GetCallerIdentity request, if aws-iam-authenticator runs with that cluster ID. `file:PATH`: a bearer token in a file, read again when it changes. `none`: the cluster is not read, so only annotations on the pod itself count.',
    example: 'web-identity:cwii:my-cluster',
  },
  CWII_WEB_IDENTITY_ALGORITHM: {
    effect: 'The algorithm with which STS signs the tokens of `web-identity`: `ES384` or `RS256`.',
    example: 'RS256',
  },
  CWII_API_AUDIENCES: {
    effect:
      "Audiences of the API server itself (`--api-audiences`; its issuer by default), comma-separated. No cloud receives a token with one of them. The conventional audiences, the API server's URL and the audiences of the function's own token are known without this setting.",
    example: 'https://oidc.example.com/my-cluster',
  },
  CWII_STATIC_ANNOTATIONS: {
    effect:
      'For clusters whose API the function cannot reach: annotations that replace those of ServiceAccounts and namespaces. A JSON or YAML list of `namespace`, optional `serviceAccount` (`*` for all) and `annotations`; inline, or the path of a file in the package of the function.',
    example:
      '[{"namespace":"shop","serviceAccount":"checkout","annotations":{"cwii.dev/aws-role-arn":"arn:aws:iam::123456789012:role/shop-checkout"}}]',
  },
  CWII_NATIVE_ANNOTATIONS: {
    effect:
      'Read the annotations of the EKS, Azure and GCP webhooks and of GKE too, if the key of cwii is not set (docs/migrating.md).',
    example: 'true',
  },
  CWII_MARK_PODS: {
    effect:
      'Write `cwii.dev/injected` on every pod that the webhook decided on, with "" if nothing is injected. The policies of `cwii manifests --require` need this mark.',
    example: 'true',
  },
  CWII_SERVICES: {
    effect:
      'The services of the catalogue that pods can request (docs/services.md): `all`, `none`, or names separated by commas.',
    example: 'alibaba,anthropic',
  },
  CWII_CUSTOM_SERVICES: {
    effect: 'Services of your own, as a JSON list (docs/services.md).',
    example:
      '[{"name":"openbao","title":"OpenBao","trigger":"role","keys":{"role":{"meaning":"The role of the JWT login.","pattern":"[a-z0-9-]{1,64}","example":"my-app"}},"audience":"openbao.example.com","identity":{"BAO_ROLE":"{role}","BAO_TOKEN_PATH":"{token}"}}]',
  },
  CWII_ALLOWED_SERVICE_VALUES: {
    effect:
      "The values of the keys of services that pods may request: comma-separated entries `<service>-<key>=<pattern>`, in which `*` matches any characters and `${namespace}` the pod's namespace. A key without an entry allows all values.",
    example: 'alibaba-role-arn=acs:ram::1234567890123456:role/${namespace}-*',
  },
  CWII_AWS_ENABLED: enabled('AWS'),
  CWII_AWS_DEFAULT_AUDIENCE: {
    effect: 'The audience of AWS tokens if no annotation sets one.',
    example: 'sts.amazonaws.com',
  },
  CWII_AWS_VERIFY_IMAGE: verifyImage('registry.example.com/aws-cli:2.31.0'),
  CWII_AWS_DEFAULT_REGION: {
    effect: 'Sets `AWS_REGION` if no annotation sets a region.',
    example: 'eu-central-1',
  },
  CWII_AWS_SET_DEFAULT_REGION: {
    effect: 'Sets `AWS_DEFAULT_REGION`, which boto3 and the AWS CLI v1 read, in addition to `AWS_REGION`.',
    example: 'true',
  },
  CWII_GCP_ENABLED: enabled('GCP'),
  CWII_GCP_DEFAULT_AUDIENCE: {
    effect: 'The workload identity provider of GCP if no annotation sets one.',
    example:
      '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/my-pool/providers/my-cluster',
  },
  CWII_GCP_VERIFY_IMAGE: verifyImage('registry.example.com/cloud-sdk:slim'),
  CWII_GCP_WRITER_IMAGE: {
    effect: 'The image that writes the credentials file with `gcp-delivery: init-container`. The image needs `sh`.',
    example: 'registry.example.com/busybox:1.37',
  },
  CWII_AZ_ENABLED: enabled('Azure'),
  CWII_AZ_DEFAULT_AUDIENCE: {
    effect: 'The audience of Azure tokens if no annotation sets one.',
    example: 'api://AzureADTokenExchange',
  },
  CWII_AZ_VERIFY_IMAGE: verifyImage('registry.example.com/azure-cli:2.84.0'),
  CWII_AZ_DEFAULT_TENANT_ID: {
    effect: 'The tenant if no annotation sets one.',
    example: '66666666-7777-8888-9999-000000000000',
  },
  CWII_TOKEN_EXPIRATION: {
    effect:
      'Lifetime of projected tokens in seconds if no annotation sets one. Below 3600, the SDKs of Azure can send an expired token, and pods with an Azure identity get a warning.',
    example: '7200',
  },
  CWII_MOUNT_ROOT: {
    effect: 'The directory in containers that contains one directory for each cloud.',
    example: '/var/run/secrets/cwii.dev',
  },
  CWII_OWNER_KINDS: {
    effect:
      'Further kinds that own pods, comma-separated `group/version/plural=Kind`, or `version/plural=Kind` in the core group (`v1/pods=Pod`, for pods of a pod). The function needs the verb `get` on each.',
    example: 'argoproj.io/v1alpha1/rollouts=Rollout',
  },
  CWII_ON_INVALID: {
    effect:
      '`deny` or `warn` for every value that makes an identity impossible. If not set, such a value on the pod or its owner denies the pod, and one on its ServiceAccount or namespace gives a warning.',
    example: 'warn',
  },
  CWII_ON_READ_FAILURE: {
    effect:
      "The reaction if the cluster cannot be read. `fail`: the call fails, and the webhook's failurePolicy decides. `deny`: the pod is denied, also with failurePolicy Ignore.",
    example: 'deny',
  },
  CWII_ALLOWED_ROLE_ARNS: allowed('IAM roles', 'arn:aws:iam::123456789012:role/${namespace}/*'),
  CWII_ALLOWED_GCP_SERVICE_ACCOUNTS: allowed('Google service accounts', '*@my-project.iam.gserviceaccount.com'),
  CWII_ALLOWED_AZ_CLIENT_IDS: allowed('Azure client IDs', '11111111-2222-3333-4444-555555555555'),
  CWII_ALLOWED_AZ_AUTHORITY_HOSTS: {
    effect: "Hosts that may receive Azure tokens in addition to Microsoft's, as patterns.",
    example: 'https://login.stack.example.com/',
  },
  CWII_ALLOWED_AUDIENCES: allowed(
    'token audiences from annotations',
    'sts.amazonaws.com,api://AzureADTokenExchange,//iam.googleapis.com/projects/123456789012/*',
  ),
  CWII_ALLOWED_VERIFY_IMAGES: allowed(
    'verify images from annotations',
    'amazon/aws-cli:*,amazon/aws-cli@*,google/cloud-sdk:*,google/cloud-sdk@*,mcr.microsoft.com/azure-cli:*,mcr.microsoft.com/azure-cli@*',
  ),
  CWII_ALLOWED_AZ_TENANT_IDS: allowed('Azure tenant IDs', '66666666-7777-8888-9999-000000000000'),
  CWII_ALLOWED_GCP_PROJECTS: allowed('Google projects', 'my-project,${namespace}-*'),
  CWII_ALLOWED_AWS_REGIONS: allowed('AWS regions', 'eu-*'),
  CWII_CACHE_SECONDS: {
    effect:
      'How long an object that was read may be used again, in seconds. With 0, every admission reads its objects after its request arrived. Otherwise a pod can get an identity that was changed or removed within this time. Before a pod is denied, or admitted without an identity that it requests, the objects are read again.',
    example: '2',
  },
  CWII_DEADLINE_MARGIN_MS: {
    effect: "How many milliseconds before the API server's timeout the function answers.",
    example: '500',
  },
};

function enabled(cloud: string): SettingDocs {
  return { effect: `Whether pods can request ${cloud}.`, example: 'false' };
}

function verifyImage(example: string): SettingDocs {
  return { effect: 'The image of the verify container if no annotation sets one.', example };
}

function allowed(what: string, example: string): SettingDocs {
  const effect = `The ${what} that pods may request: comma-separated patterns, in which \`*\` matches any characters and \`\${namespace}\` the pod's namespace. If not set, all are allowed.`;
  return { effect, example };
}
