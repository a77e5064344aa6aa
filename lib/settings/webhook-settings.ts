// Every environment variable of the configuration, and how its text is read. What each means is in setting-docs.ts, which
// no function loads.

import { parseOwnerKinds } from '../kubernetes/owner-kinds.ts';
import { LONGEST_EXPIRATION, SHORTEST_EXPIRATION } from '../providers/token.ts';
import { parseCredential } from './cluster-credential.ts';
import {
  absolutePath,
  audience,
  boolean,
  certificates,
  digests,
  gcpAudience,
  httpsUrl,
  list,
  numberBetween,
  oneOf,
  patterns,
  uuid,
} from './parsers.ts';

export interface Setting<Value> {
  /** The text that holds where the variable is not set; undefined: the setting is then absent. */
  readonly byDefault?: string;
  /** @throws {Error} whose message continues the sentence `<NAME> …`. */
  readonly parse: (text: string) => Value;
}

/** Every variable. What is set but not listed here is refused, because it would silently have no effect. */
export const settings = {
  CWII_CALLER_TOKEN_SHA256: { parse: digests },
  CWII_PATH_KEY_SHA256: { parse: digests },
  CWII_ALLOW_ANONYMOUS: { byDefault: 'false', parse: boolean },
  CWII_CLUSTER_NAME: { parse: String },
  CWII_KUBE_API_URL: { parse: httpsUrl },
  CWII_KUBE_CA: { parse: certificates },
  CWII_KUBE_CREDENTIAL: { byDefault: 'none', parse: parseCredential },
  CWII_WEB_IDENTITY_ALGORITHM: { byDefault: 'ES384', parse: oneOf('ES384', 'RS256') },
  CWII_API_AUDIENCES: { byDefault: '', parse: list },
  CWII_STATIC_ANNOTATIONS: { parse: String },
  CWII_NATIVE_ANNOTATIONS: { byDefault: 'false', parse: boolean },
  CWII_MARK_PODS: { byDefault: 'false', parse: boolean },
  CWII_AWS_ENABLED: { byDefault: 'true', parse: boolean },
  CWII_AWS_DEFAULT_AUDIENCE: { byDefault: 'sts.amazonaws.com', parse: audience },
  CWII_AWS_VERIFY_IMAGE: { byDefault: 'amazon/aws-cli:latest', parse: String },
  CWII_AWS_DEFAULT_REGION: { parse: String },
  CWII_AWS_SET_DEFAULT_REGION: { byDefault: 'false', parse: boolean },
  CWII_GCP_ENABLED: { byDefault: 'true', parse: boolean },
  CWII_GCP_DEFAULT_AUDIENCE: { parse: gcpAudience },
  CWII_GCP_VERIFY_IMAGE: { byDefault: 'google/cloud-sdk:slim', parse: String },
  CWII_GCP_WRITER_IMAGE: { byDefault: 'busybox:1.37', parse: String },
  CWII_AZ_ENABLED: { byDefault: 'true', parse: boolean },
  CWII_AZ_DEFAULT_AUDIENCE: { byDefault: 'api://AzureADTokenExchange', parse: audience },
  CWII_AZ_VERIFY_IMAGE: { byDefault: 'mcr.microsoft.com/azure-cli:latest', parse: String },
  CWII_AZ_DEFAULT_TENANT_ID: { parse: uuid },
  CWII_TOKEN_EXPIRATION: { byDefault: '3600', parse: numberBetween(SHORTEST_EXPIRATION, LONGEST_EXPIRATION) },
  CWII_MOUNT_ROOT: { byDefault: '/var/run/secrets/cwii.dev', parse: absolutePath },
  CWII_OWNER_KINDS: { byDefault: '', parse: parseOwnerKinds },
  CWII_ON_INVALID: { parse: oneOf('deny', 'warn') },
  CWII_ON_READ_FAILURE: { byDefault: 'fail', parse: oneOf('fail', 'deny') },
  CWII_ALLOWED_ROLE_ARNS: { parse: patterns },
  CWII_ALLOWED_GCP_SERVICE_ACCOUNTS: { parse: patterns },
  CWII_ALLOWED_AZ_CLIENT_IDS: { parse: patterns },
  CWII_ALLOWED_AZ_AUTHORITY_HOSTS: { parse: patterns },
  CWII_ALLOWED_AUDIENCES: { parse: patterns },
  CWII_ALLOWED_VERIFY_IMAGES: { parse: patterns },
  CWII_CACHE_SECONDS: { byDefault: '2', parse: numberBetween(0, 60) },
  CWII_DEADLINE_MARGIN_MS: { byDefault: '1000', parse: numberBetween(0, 10_000) },
} satisfies Record<`CWII_${string}`, Setting<unknown>>;

export type SettingName = keyof typeof settings;
