// Every environment variable of the webhook function, and how its text is read.
//
// setting-docs.ts describes each variable; no function loads that file.

import { parseOwnerKinds } from '../kubernetes/owner-kinds.ts';
import { parseCredential } from './cluster-credential.ts';
import { LONGEST_EXPIRATION, SHORTEST_EXPIRATION } from './formats.ts';
import {
  audience,
  boolean,
  certificates,
  digests,
  entries,
  gcpAudience,
  httpsUrl,
  imagePatterns,
  list,
  mountRoot,
  numberBetween,
  oneOf,
  patterns,
  serviceAccountSubject,
  services,
  uuid,
  webhookUrl,
} from './parsers.ts';
import { optional, withDefault } from './read-settings.ts';

const EMPTY_RULE = 'which would allow everything; write patterns, or remove it';

export const settings = {
  CWII_CALLER_TOKEN_SHA256: optional(digests),
  CWII_PATH_KEY_SHA256: optional(digests),
  CWII_CALLER_SUBJECTS: optional(entries(serviceAccountSubject)),
  CWII_CALLER_AUDIENCES: optional(entries(webhookUrl)),
  CWII_ALLOW_ANONYMOUS: withDefault('false', boolean),
  CWII_CLUSTER_NAME: optional(String),
  CWII_KUBE_API_URL: optional(httpsUrl),
  CWII_KUBE_CA: optional(certificates),
  CWII_KUBE_CREDENTIAL: withDefault('none', parseCredential),
  CWII_WEB_IDENTITY_ALGORITHM: withDefault('ES384', oneOf('ES384', 'RS256')),
  CWII_API_AUDIENCES: withDefault('', list),
  CWII_STATIC_ANNOTATIONS: optional(String),
  CWII_NATIVE_ANNOTATIONS: withDefault('false', boolean),
  CWII_MARK_PODS: withDefault('false', boolean),
  CWII_SERVICES: withDefault('all', services),
  CWII_CUSTOM_SERVICES: optional(String),
  CWII_ALLOWED_SERVICE_VALUES: optional(patterns, EMPTY_RULE),
  CWII_AWS_ENABLED: withDefault('true', boolean),
  CWII_AWS_DEFAULT_AUDIENCE: withDefault('sts.amazonaws.com', audience),
  CWII_AWS_VERIFY_IMAGE: withDefault('amazon/aws-cli:latest', String),
  CWII_AWS_DEFAULT_REGION: optional(String),
  CWII_AWS_SET_DEFAULT_REGION: withDefault('false', boolean),
  CWII_GCP_ENABLED: withDefault('true', boolean),
  CWII_GCP_DEFAULT_AUDIENCE: optional(gcpAudience),
  CWII_GCP_VERIFY_IMAGE: withDefault('google/cloud-sdk:slim', String),
  CWII_GCP_WRITER_IMAGE: withDefault('busybox:1.37', String),
  CWII_AZ_ENABLED: withDefault('true', boolean),
  CWII_AZ_DEFAULT_AUDIENCE: withDefault('api://AzureADTokenExchange', audience),
  CWII_AZ_VERIFY_IMAGE: withDefault('mcr.microsoft.com/azure-cli:latest', String),
  CWII_AZ_DEFAULT_TENANT_ID: optional(uuid),
  CWII_TOKEN_EXPIRATION: withDefault('3600', numberBetween(SHORTEST_EXPIRATION, LONGEST_EXPIRATION)),
  CWII_MOUNT_ROOT: withDefault('/var/run/secrets/cwii.dev', mountRoot),
  CWII_OWNER_KINDS: withDefault('', parseOwnerKinds),
  CWII_ON_INVALID: optional(oneOf('deny', 'warn')),
  CWII_ON_READ_FAILURE: withDefault('fail', oneOf('fail', 'deny')),
  CWII_ALLOWED_ROLE_ARNS: optional(patterns, EMPTY_RULE),
  CWII_ALLOWED_GCP_SERVICE_ACCOUNTS: optional(patterns, EMPTY_RULE),
  CWII_ALLOWED_AZ_CLIENT_IDS: optional(patterns, EMPTY_RULE),
  CWII_ALLOWED_AZ_AUTHORITY_HOSTS: optional(patterns, EMPTY_RULE),
  CWII_ALLOWED_AUDIENCES: optional(patterns, EMPTY_RULE),
  CWII_ALLOWED_VERIFY_IMAGES: optional(imagePatterns, EMPTY_RULE),
  CWII_ALLOWED_AZ_TENANT_IDS: optional(patterns, EMPTY_RULE),
  CWII_ALLOWED_GCP_PROJECTS: optional(patterns, EMPTY_RULE),
  CWII_ALLOWED_AWS_REGIONS: optional(patterns, EMPTY_RULE),
  CWII_CACHE_SECONDS: withDefault('0', numberBetween(0, 60)),
  CWII_DEADLINE_MARGIN_MS: withDefault('1000', numberBetween(0, 10_000)),
};

export type { Setting } from './read-settings.ts';

export type SettingName = keyof typeof settings;
