// Every environment variable of the configuration. docs/configuration.md is generated from this table.

import { parseOwnerKinds } from './cluster/owners.ts';
import type { Pattern } from './guard-rails.ts';
import { LONGEST_EXPIRATION, SHORTEST_EXPIRATION } from './providers/token.ts';
import {
  absolutePath,
  audience,
  boolean,
  certificates,
  credential,
  digests,
  gcpAudience,
  httpsUrl,
  list,
  numberBetween,
  oneOf,
  patterns,
  uuid,
} from './setting-parsers.ts';

export interface Setting<Value> {
  readonly effect: string;
  /** The text that holds where the variable is not set; undefined: the setting is then absent. */
  readonly byDefault?: string;
  readonly example: string;
  /** @throws {Error} whose message continues the sentence `<NAME> …`. */
  readonly parse: (text: string) => Value;
}

/** Every variable. What is set but not listed here is refused, because it would silently have no effect. */
export const settings = {
  CWII_CALLER_TOKEN_SHA256: setting({
    effect: 'SHA-256 digests, in hex, of the bearer tokens that callers may use; comma-separated, two while rotating.',
    example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    parse: digests,
  }),
  CWII_PATH_KEY_SHA256: setting({
    effect:
      'SHA-256 digests, in hex, of keys that callers may use in the path `/k/<key>`. Weaker than a token: on a failed call the API server prints the whole URL to whoever created the pod.',
    example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    parse: digests,
  }),
  CWII_ALLOW_ANONYMOUS: setting({
    effect: 'Accept every caller. Needed to start without any digest, and refused together with one.',
    byDefault: 'false',
    example: 'true',
    parse: boolean,
  }),
  CWII_CLUSTER_NAME: setting({ effect: "The cluster's name in log lines.", example: 'prod-eu', parse: String }),
  CWII_KUBE_API_URL: setting({
    effect: "The cluster's API server, as the function reaches it.",
    example: 'https://api.cluster.example.com:6443',
    parse: httpsUrl,
  }),
  CWII_KUBE_CA: setting({
    effect: "The API server's certificate authorities, PEM. Not set: the roots that Node.js trusts.",
    example: '-----BEGIN CERTIFICATE-----…',
    parse: certificates,
  }),
  CWII_KUBE_CREDENTIAL: setting({
    effect:
      'How the function authenticates to the cluster: `file:PATH` reads a bearer token from a file, again when it changes; `none` reads nothing, so that only annotations on the pod itself count.',
    byDefault: 'none',
    example: 'file:/etc/cwii/token',
    parse: credential,
  }),
  CWII_API_AUDIENCES: setting({
    effect:
      "Audiences of the API server itself (`--api-audiences`, which are its issuer unless set), comma-separated: no cloud gets a token for them. Conventional ones, the API server's URL and those that the function's own token shows are known without it.",
    byDefault: '',
    example: 'https://oidc.example.com/my-cluster',
    parse: list,
  }),
  CWII_STATIC_ANNOTATIONS: setting({
    effect:
      'For clusters whose API the function cannot reach: annotations that stand in for those of ServiceAccounts and namespaces. A JSON or YAML list of `namespace`, optional `serviceAccount` (`*` for all) and `annotations`; inline, or the path of a file beside the function.',
    example:
      '[{"namespace":"shop","serviceAccount":"checkout","annotations":{"cwii.dev/aws-role-arn":"arn:aws:iam::123456789012:role/shop-checkout"}}]',
    parse: String,
  }),
  CWII_NATIVE_ANNOTATIONS: setting({
    effect:
      "Honour the annotations of the EKS, Azure and GCP webhooks and of GKE too, where none of cwii's own is set (docs/migrating.md).",
    byDefault: 'false',
    example: 'true',
    parse: boolean,
  }),
  CWII_AWS_ENABLED: enabled('AWS'),
  CWII_AWS_DEFAULT_AUDIENCE: setting({
    effect: 'The audience of AWS tokens where no annotation sets one.',
    byDefault: 'sts.amazonaws.com',
    example: 'sts.amazonaws.com',
    parse: audience,
  }),
  CWII_AWS_VERIFY_IMAGE: verifyImage('amazon/aws-cli:latest', 'registry.example.com/aws-cli:2.31.0'),
  CWII_AWS_DEFAULT_REGION: setting({
    effect: 'Sets `AWS_REGION` where no annotation sets a region.',
    example: 'eu-central-1',
    parse: String,
  }),
  CWII_AWS_SET_DEFAULT_REGION: setting({
    effect: 'Sets `AWS_DEFAULT_REGION`, which boto3 and the AWS CLI v1 read, beside `AWS_REGION`.',
    byDefault: 'false',
    example: 'true',
    parse: boolean,
  }),
  CWII_GCP_ENABLED: enabled('GCP'),
  CWII_GCP_DEFAULT_AUDIENCE: setting({
    effect: 'The workload identity provider of GCP where no annotation sets one.',
    example:
      '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/my-pool/providers/my-cluster',
    parse: gcpAudience,
  }),
  CWII_GCP_VERIFY_IMAGE: verifyImage('google/cloud-sdk:slim', 'registry.example.com/cloud-sdk:slim'),
  CWII_GCP_WRITER_IMAGE: setting({
    effect: 'The image that writes the credentials file with `gcp-delivery: init-container`. It needs `sh`.',
    byDefault: 'busybox:1.37',
    example: 'registry.example.com/busybox:1.37',
    parse: String,
  }),
  CWII_AZ_ENABLED: enabled('Azure'),
  CWII_AZ_DEFAULT_AUDIENCE: setting({
    effect: 'The audience of Azure tokens where no annotation sets one.',
    byDefault: 'api://AzureADTokenExchange',
    example: 'api://AzureADTokenExchange',
    parse: audience,
  }),
  CWII_AZ_VERIFY_IMAGE: verifyImage('mcr.microsoft.com/azure-cli:latest', 'registry.example.com/azure-cli:2.84.0'),
  CWII_AZ_DEFAULT_TENANT_ID: setting({
    effect: 'The tenant where no annotation sets one.',
    example: '66666666-7777-8888-9999-000000000000',
    parse: uuid,
  }),
  CWII_TOKEN_EXPIRATION: setting({
    effect: 'Lifetime of projected tokens in seconds where no annotation sets one.',
    byDefault: '3600',
    example: '7200',
    parse: numberBetween(SHORTEST_EXPIRATION, LONGEST_EXPIRATION),
  }),
  CWII_MOUNT_ROOT: setting({
    effect: 'The directory in containers below which each cloud has its own.',
    byDefault: '/var/run/secrets/cwii.dev',
    example: '/var/run/secrets/cwii.dev',
    parse: absolutePath,
  }),
  CWII_OWNER_KINDS: setting({
    effect:
      'Further kinds that own pods, comma-separated `group/version/plural=Kind`. The function needs `get` on each.',
    byDefault: '',
    example: 'argoproj.io/v1alpha1/rollouts=Rollout',
    parse: parseOwnerKinds,
  }),
  CWII_ON_INVALID: setting({
    effect:
      '`deny` or `warn` for every value that makes an identity impossible. Not set: denied on the pod and its owner, warned of on its ServiceAccount and namespace.',
    example: 'warn',
    parse: oneOf('deny', 'warn'),
  }),
  CWII_ON_READ_FAILURE: setting({
    effect:
      "What happens when the cluster cannot be read: `fail` fails the call, so that the webhook's failurePolicy decides; `deny` refuses the pod, which holds under failurePolicy Ignore too.",
    byDefault: 'fail',
    example: 'deny',
    parse: oneOf('fail', 'deny'),
  }),
  CWII_ALLOWED_ROLE_ARNS: allowed('IAM roles', 'arn:aws:iam::123456789012:role/${namespace}/*'),
  CWII_ALLOWED_GCP_SERVICE_ACCOUNTS: allowed('Google service accounts', '*@my-project.iam.gserviceaccount.com'),
  CWII_ALLOWED_AZ_CLIENT_IDS: allowed('Azure client IDs', '11111111-2222-3333-4444-555555555555'),
  CWII_ALLOWED_AZ_AUTHORITY_HOSTS: setting({
    effect: "Hosts beside Microsoft's own that Azure tokens may be sent to, as patterns.",
    example: 'https://login.stack.example.com/',
    parse: patterns,
  }),
  CWII_ALLOWED_AUDIENCES: allowed(
    'token audiences from annotations',
    'sts.amazonaws.com,api://AzureADTokenExchange,//iam.googleapis.com/projects/123456789012/*',
  ),
  CWII_ALLOWED_VERIFY_IMAGES: allowed(
    'verify images from annotations',
    'amazon/aws-cli:*,amazon/aws-cli@*,google/cloud-sdk:*,google/cloud-sdk@*,mcr.microsoft.com/azure-cli:*,mcr.microsoft.com/azure-cli@*',
  ),
  CWII_CACHE_SECONDS: setting({
    effect:
      'How long an object that was read may be used again. Before a pod is refused, or left without an identity that it asks for, objects are read afresh.',
    byDefault: '2',
    example: '0',
    parse: numberBetween(0, 60),
  }),
  CWII_DEADLINE_MARGIN_MS: setting({
    effect: "How many milliseconds before the API server's timeout the answer leaves.",
    byDefault: '1000',
    example: '500',
    parse: numberBetween(0, 10_000),
  }),
};

export type SettingName = keyof typeof settings;

function setting<Value>(definition: Setting<Value>): Setting<Value> {
  return definition;
}

function enabled(cloud: string): Setting<boolean> {
  return { effect: `Whether pods can ask for ${cloud}.`, byDefault: 'true', example: 'false', parse: boolean };
}

function verifyImage(byDefault: string, example: string): Setting<string> {
  const effect = 'The image of the verify container where no annotation sets one.';
  return { effect, byDefault, example, parse: String };
}

function allowed(what: string, example: string): Setting<Pattern[]> {
  const effect = `The ${what} that pods may ask for: comma-separated patterns, in which \`*\` stands for any characters and \`\${namespace}\` for the pod's namespace. Not set: all.`;
  return { effect, example, parse: patterns };
}
