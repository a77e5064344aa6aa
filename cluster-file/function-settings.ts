// The settings of the webhook function that follow from a cluster of cwii.yaml, as environment variables.

import { type Setting, settings } from '../lib/settings/webhook-settings.ts';
import type { Cluster } from './cluster-file.ts';

/** The settings that do not follow from the access to the cluster and the callers, without defaults. */
export function functionSettings(cluster: Cluster): Record<string, string> {
  return withoutDefaults({
    ...providerSettings(cluster),
    ...serviceSettings(cluster),
    ...guardRailSettings(cluster),
    ...behaviourSettings(cluster),
  });
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

function serviceSettings({ services, settings: { catalogueServices } }: Cluster) {
  return {
    CWII_SERVICES: catalogueServices && (joined(catalogueServices) ?? 'none'),
    CWII_CUSTOM_SERVICES: services && JSON.stringify(services),
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
    CWII_ALLOWED_SERVICE_VALUES: joined(guardRails.serviceValues),
    CWII_ALLOWED_AWS_REGIONS: joined(guardRails.awsRegions),
    CWII_ALLOWED_AZ_TENANT_IDS: joined(guardRails.azureTenantIds),
    CWII_ALLOWED_GCP_PROJECTS: joined(guardRails.gcpProjects),
  };
}

function behaviourSettings({ settings: own, api, credential }: Cluster) {
  // A function that does not read the cluster does not get the API server's URL, which is an audience too.
  const apiAudiences = credential.none ? [...own.apiAudiences, api.url] : own.apiAudiences;
  return {
    CWII_API_AUDIENCES: joined(apiAudiences),
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

/** Leaves out variables that are not set, or equal to the default of the function. */
function withoutDefaults(
  variables: Readonly<Record<string, string | number | boolean | undefined>>,
): Record<string, string> {
  const defaults: Readonly<Record<string, Setting<unknown> | undefined>> = settings;
  return Object.fromEntries(
    Object.entries(variables)
      .filter(([name, value]) => value !== undefined && String(value) !== defaults[name]?.byDefault)
      .map(([name, value]) => [name, String(value)]),
  );
}
