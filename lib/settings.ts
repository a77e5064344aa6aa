// Every environment variable of the configuration. docs/configuration.md is generated from this table.

import { parseOwnerKinds } from './cluster/owners.ts';
import { LONGEST_EXPIRATION, SHORTEST_EXPIRATION } from './providers/token.ts';
import {
  absolutePath,
  boolean,
  certificates,
  credential,
  digests,
  httpsUrl,
  nonEmpty,
  numberBetween,
  oneOf,
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
  CWII_AWS_ENABLED: setting({
    effect: 'Whether pods can ask for AWS.',
    byDefault: 'true',
    example: 'false',
    parse: boolean,
  }),
  CWII_AWS_DEFAULT_AUDIENCE: setting({
    effect: 'The audience of AWS tokens where no annotation sets one.',
    byDefault: 'sts.amazonaws.com',
    example: 'sts.amazonaws.com',
    parse: nonEmpty,
  }),
  CWII_AWS_VERIFY_IMAGE: setting({
    effect: 'The image of the verify container where no annotation sets one.',
    byDefault: 'amazon/aws-cli:latest',
    example: 'registry.example.com/aws-cli:2.31.0',
    parse: nonEmpty,
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
  CWII_CACHE_SECONDS: setting({
    effect:
      'How long an object that was read may be used again. A cached object can give an identity, never withhold one.',
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
