// One cluster's entry in cwii.yaml as the functions' environment: only what differs from their defaults.

import type { Cluster } from '../cluster-file/defaults.ts';
import { CwiiError } from '../lib/common/errors.ts';
import { type Setting, settings } from '../lib/settings/webhook-settings.ts';

export interface EnvironmentProps {
  /** The secret with the ServiceAccount token; needed with the credential `secret`. */
  readonly tokenSecretArn?: string;
}

type Environment = Record<string, string>;

/**
 * The webhook function's environment. That the function takes it is checked where the function is made (webhook-settings.ts).
 *
 * @throws {CwiiError} as `kubeEnvironment` does.
 */
export function webhookEnvironment(cluster: Cluster, props: EnvironmentProps = {}): Environment {
  return {
    ...kubeEnvironment(cluster, props),
    ...present({
      CWII_CALLER_TOKEN_SHA256: joined(cluster.callers.tokenSha256),
      CWII_PATH_KEY_SHA256: joined(cluster.callers.pathKeySha256),
      ...providerSettings(cluster),
      ...guardRailSettings(cluster),
      ...behaviour(cluster),
    }),
  };
}

/**
 * How a function of this cluster finds and reads it, for the issuer function too.
 *
 * @throws {CwiiError} `token-secret-missing` where the credential is `secret` and no ARN is given.
 */
export function kubeEnvironment(cluster: Cluster, { tokenSecretArn }: EnvironmentProps = {}): Environment {
  const { name, api, credential } = cluster;
  if (credential.none) return { CWII_CLUSTER_NAME: name };
  return present({
    CWII_CLUSTER_NAME: name,
    CWII_KUBE_API_URL: api.url,
    CWII_KUBE_CA: api.ca,
    CWII_KUBE_CREDENTIAL: credentialText(cluster, tokenSecretArn),
    CWII_WEB_IDENTITY_ALGORITHM: credential.webIdentity?.signingAlgorithm === 'RS256' ? 'RS256' : undefined,
  });
}

function credentialText({ name, credential }: Cluster, tokenSecretArn: string | undefined): string {
  const { webIdentity, eks } = credential;
  if (webIdentity) return `web-identity:${webIdentity.audience}`;
  if (eks) return `eks:${eks.cluster}`;
  if (!tokenSecretArn)
    throw new CwiiError('token-secret-missing', `cluster ${name} has the credential secret; pass tokenSecretArn`);
  return `secret:${tokenSecretArn}`;
}

function providerSettings({ providers: { aws, gcp, azure } }: Cluster) {
  return {
    CWII_AWS_ENABLED: aws.enabled,
    CWII_AWS_DEFAULT_AUDIENCE: aws.defaultAudience,
    CWII_AWS_VERIFY_IMAGE: aws.verifyImage,
    CWII_AWS_DEFAULT_REGION: aws.defaultRegion,
    CWII_AWS_SET_DEFAULT_REGION: aws.setDefaultRegion,
    CWII_GCP_ENABLED: gcp.enabled,
    CWII_GCP_DEFAULT_AUDIENCE: gcp.defaultAudience,
    CWII_GCP_VERIFY_IMAGE: gcp.verifyImage,
    CWII_GCP_WRITER_IMAGE: gcp.writerImage,
    CWII_AZ_ENABLED: azure.enabled,
    CWII_AZ_DEFAULT_AUDIENCE: azure.defaultAudience,
    CWII_AZ_VERIFY_IMAGE: azure.verifyImage,
    CWII_AZ_DEFAULT_TENANT_ID: azure.defaultTenantId,
  };
}

function guardRailSettings({ guardRails }: Cluster) {
  return {
    CWII_ALLOWED_ROLE_ARNS: joined(guardRails.roleArns),
    CWII_ALLOWED_GCP_SERVICE_ACCOUNTS: joined(guardRails.gcpServiceAccounts),
    CWII_ALLOWED_AZ_CLIENT_IDS: joined(guardRails.azureClientIds),
    CWII_ALLOWED_AZ_AUTHORITY_HOSTS: joined(guardRails.azureAuthorityHosts),
    CWII_ALLOWED_AUDIENCES: joined(guardRails.audiences),
    CWII_ALLOWED_VERIFY_IMAGES: joined(guardRails.verifyImages),
  };
}

function behaviour({ settings: own, api, credential }: Cluster) {
  // The URL is known to the function only where it reads the cluster.
  const audiences = credential.none ? [...own.apiAudiences, api.url] : own.apiAudiences;
  return {
    CWII_API_AUDIENCES: joined(audiences),
    CWII_TOKEN_EXPIRATION: own.tokenExpirationSeconds,
    CWII_MOUNT_ROOT: own.mountRoot,
    CWII_NATIVE_ANNOTATIONS: own.nativeAnnotations,
    CWII_MARK_PODS: own.markPods,
    CWII_OWNER_KINDS: joined(own.ownerKinds),
    CWII_ON_INVALID: own.onInvalid,
    CWII_ON_READ_FAILURE: own.onReadFailure,
    CWII_CACHE_SECONDS: own.cacheSeconds,
    CWII_DEADLINE_MARGIN_MS: own.deadlineMarginMilliseconds,
  };
}

function joined(entries: readonly string[] | undefined): string | undefined {
  return entries && entries.length > 0 ? entries.join(',') : undefined;
}

/** Leaves out what is not set, or set to what the function would take anyway. */
function present(variables: Readonly<Record<string, string | number | boolean | undefined>>): Environment {
  const defaults: Readonly<Record<string, Setting<unknown> | undefined>> = settings;
  return Object.fromEntries(
    Object.entries(variables)
      .filter(([name, value]) => value !== undefined && String(value) !== defaults[name]?.byDefault)
      .map(([name, value]) => [name, String(value)]),
  );
}
