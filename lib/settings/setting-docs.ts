// What every variable of the configuration means, for docs/configuration.md. A variable of settings.ts without its entry
// here, or the other way round, does not compile.

import type { SettingName } from './webhook-settings.ts';

export interface SettingDocs {
  readonly effect: string;
  readonly example: string;
}

/** In the order of the docs. */
export const settingDocs: Readonly<Record<SettingName, SettingDocs>> = {
  CWII_CALLER_TOKEN_SHA256: {
    effect: 'SHA-256 digests, in hex, of the bearer tokens that callers may use; comma-separated, two while rotating.',
    example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  },
  CWII_PATH_KEY_SHA256: {
    effect:
      'SHA-256 digests, in hex, of keys that callers may use in the path `/k/<key>`. Weaker than a token: on a failed call the API server prints the whole URL to whoever created the pod.',
    example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  },
  CWII_ALLOW_ANONYMOUS: {
    effect: 'Accept every caller. Needed to start without any digest, and refused together with one.',
    example: 'true',
  },
  CWII_CLUSTER_NAME: { effect: "The cluster's name in log lines.", example: 'prod-eu' },
  CWII_KUBE_API_URL: {
    effect: "The cluster's API server, as the function reaches it.",
    example: 'https://api.cluster.example.com:6443',
  },
  CWII_KUBE_CA: {
    effect: "The API server's certificate authorities, PEM. Not set: the roots that Node.js trusts.",
    example: '-----BEGIN CERTIFICATE-----…',
  },
  CWII_KUBE_CREDENTIAL: {
    effect:
      'How the function authenticates to the cluster (docs/cluster-credential.md): `web-identity:AUDIENCE` by tokens that AWS STS signs for this one cluster; `secret:ARN` by a ServiceAccount token in Secrets Manager; `eks:CLUSTER` by a presigned GetCallerIdentity, where aws-iam-authenticator runs with that cluster ID; `file:PATH` by a bearer token in a file, read again when it changes; `none` reads nothing, so that only annotations on the pod itself count.',
    example: 'web-identity:cwii:my-cluster',
  },
  CWII_WEB_IDENTITY_ALGORITHM: {
    effect: 'With which algorithm STS signs the tokens of `web-identity`: `ES384` or `RS256`.',
    example: 'RS256',
  },
  CWII_API_AUDIENCES: {
    effect:
      "Audiences of the API server itself (`--api-audiences`, which are its issuer unless set), comma-separated: no cloud gets a token for them. Conventional ones, the API server's URL and those that the function's own token shows are known without it.",
    example: 'https://oidc.example.com/my-cluster',
  },
  CWII_STATIC_ANNOTATIONS: {
    effect:
      'For clusters whose API the function cannot reach: annotations that stand in for those of ServiceAccounts and namespaces. A JSON or YAML list of `namespace`, optional `serviceAccount` (`*` for all) and `annotations`; inline, or the path of a file beside the function.',
    example:
      '[{"namespace":"shop","serviceAccount":"checkout","annotations":{"cwii.dev/aws-role-arn":"arn:aws:iam::123456789012:role/shop-checkout"}}]',
  },
  CWII_NATIVE_ANNOTATIONS: {
    effect:
      "Honour the annotations of the EKS, Azure and GCP webhooks and of GKE too, where none of cwii's own is set (docs/migrating.md).",
    example: 'true',
  },
  CWII_MARK_PODS: {
    effect:
      'Write `cwii.dev/injected` on every pod that was looked at, with "" where nothing is injected. The policies of `cwii manifests --require` know by it that the webhook has decided.',
    example: 'true',
  },
  CWII_AWS_ENABLED: enabled('AWS'),
  CWII_AWS_DEFAULT_AUDIENCE: {
    effect: 'The audience of AWS tokens where no annotation sets one.',
    example: 'sts.amazonaws.com',
  },
  CWII_AWS_VERIFY_IMAGE: verifyImage('registry.example.com/aws-cli:2.31.0'),
  CWII_AWS_DEFAULT_REGION: {
    effect: 'Sets `AWS_REGION` where no annotation sets a region.',
    example: 'eu-central-1',
  },
  CWII_AWS_SET_DEFAULT_REGION: {
    effect: 'Sets `AWS_DEFAULT_REGION`, which boto3 and the AWS CLI v1 read, beside `AWS_REGION`.',
    example: 'true',
  },
  CWII_GCP_ENABLED: enabled('GCP'),
  CWII_GCP_DEFAULT_AUDIENCE: {
    effect: 'The workload identity provider of GCP where no annotation sets one.',
    example:
      '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/my-pool/providers/my-cluster',
  },
  CWII_GCP_VERIFY_IMAGE: verifyImage('registry.example.com/cloud-sdk:slim'),
  CWII_GCP_WRITER_IMAGE: {
    effect: 'The image that writes the credentials file with `gcp-delivery: init-container`. It needs `sh`.',
    example: 'registry.example.com/busybox:1.37',
  },
  CWII_AZ_ENABLED: enabled('Azure'),
  CWII_AZ_DEFAULT_AUDIENCE: {
    effect: 'The audience of Azure tokens where no annotation sets one.',
    example: 'api://AzureADTokenExchange',
  },
  CWII_AZ_VERIFY_IMAGE: verifyImage('registry.example.com/azure-cli:2.84.0'),
  CWII_AZ_DEFAULT_TENANT_ID: {
    effect: 'The tenant where no annotation sets one.',
    example: '66666666-7777-8888-9999-000000000000',
  },
  CWII_TOKEN_EXPIRATION: {
    effect: 'Lifetime of projected tokens in seconds where no annotation sets one.',
    example: '7200',
  },
  CWII_MOUNT_ROOT: {
    effect: 'The directory in containers below which each cloud has its own.',
    example: '/var/run/secrets/cwii.dev',
  },
  CWII_OWNER_KINDS: {
    effect:
      'Further kinds that own pods, comma-separated `group/version/plural=Kind`. The function needs `get` on each.',
    example: 'argoproj.io/v1alpha1/rollouts=Rollout',
  },
  CWII_ON_INVALID: {
    effect:
      '`deny` or `warn` for every value that makes an identity impossible. Not set: denied on the pod and its owner, warned of on its ServiceAccount and namespace.',
    example: 'warn',
  },
  CWII_ON_READ_FAILURE: {
    effect:
      "What happens when the cluster cannot be read: `fail` fails the call, so that the webhook's failurePolicy decides; `deny` refuses the pod, which holds under failurePolicy Ignore too.",
    example: 'deny',
  },
  CWII_ALLOWED_ROLE_ARNS: allowed('IAM roles', 'arn:aws:iam::123456789012:role/${namespace}/*'),
  CWII_ALLOWED_GCP_SERVICE_ACCOUNTS: allowed('Google service accounts', '*@my-project.iam.gserviceaccount.com'),
  CWII_ALLOWED_AZ_CLIENT_IDS: allowed('Azure client IDs', '11111111-2222-3333-4444-555555555555'),
  CWII_ALLOWED_AZ_AUTHORITY_HOSTS: {
    effect: "Hosts beside Microsoft's own that Azure tokens may be sent to, as patterns.",
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
  CWII_CACHE_SECONDS: {
    effect:
      'How long an object that was read may be used again. Before a pod is refused, or left without an identity that it asks for, objects are read afresh.',
    example: '0',
  },
  CWII_DEADLINE_MARGIN_MS: {
    effect: "How many milliseconds before the API server's timeout the answer leaves.",
    example: '500',
  },
};

function enabled(cloud: string): SettingDocs {
  return { effect: `Whether pods can ask for ${cloud}.`, example: 'false' };
}

function verifyImage(example: string): SettingDocs {
  return { effect: 'The image of the verify container where no annotation sets one.', example };
}

function allowed(what: string, example: string): SettingDocs {
  const effect = `The ${what} that pods may ask for: comma-separated patterns, in which \`*\` stands for any characters and \`\${namespace}\` for the pod's namespace. Not set: all.`;
  return { effect, example };
}
