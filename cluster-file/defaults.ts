// Applies the defaults of cwii.yaml that depend on other keys.

import { settings } from '../lib/settings/webhook-settings.ts';
import type { ClusterEntry } from './schema.ts';

/**
 * One cluster with every default applied, except for the defaults of the function's settings
 * (docs/configuration.md).
 */
export type Cluster = Omit<
  ClusterEntry,
  'api' | 'credential' | 'webhook' | 'guardRails' | 'settings' | 'identityProvider'
> & {
  /** `ca` is the PEM text from `ca` or `caFile`. */
  readonly api: Omit<ClusterEntry['api'], 'caFile'>;
  /** Exactly one key. */
  readonly credential: Omit<ClusterEntry['credential'], 'webIdentity'> & {
    readonly webIdentity?: NonNullable<ClusterEntry['credential']['webIdentity']> & { readonly audience: string };
  };
  readonly webhook: ClusterEntry['webhook'] & { readonly failurePolicy: 'Fail' | 'Ignore' };
  readonly guardRails: ClusterEntry['guardRails'] & { readonly verifyImages: string[] };
  readonly settings: ClusterEntry['settings'] & { readonly apiAudiences: string[] };
  readonly identityProvider?: NonNullable<ClusterEntry['identityProvider']> & { readonly audiences: string[] };
};

/** @param ca the PEM of `api.ca` or `api.caFile`. */
export function withDefaults(entry: ClusterEntry, ca: string | undefined): Cluster {
  const { api, credential, webhook, guardRails, identityProvider, ...rest } = entry;
  const { caFile, ca: _, ...access } = api;
  const { webIdentity, ...otherCredential } = credential;
  return {
    ...rest,
    api: { ...access, ...(ca !== undefined && { ca }) },
    credential: {
      ...otherCredential,
      ...(webIdentity && { webIdentity: { ...webIdentity, audience: webIdentity.audience ?? `cwii:${entry.name}` } }),
    },
    webhook: { ...webhook, failurePolicy: webhook.failurePolicy ?? (webhook.namespaces === 'all' ? 'Ignore' : 'Fail') },
    guardRails: { ...guardRails, verifyImages: guardRails.verifyImages ?? configuredVerifyImages(entry) },
    settings: { ...entry.settings, apiAudiences: entry.settings.apiAudiences ?? issuersOf(entry) },
    ...((identityProvider || entry.workloadRoles.length > 0) && {
      identityProvider: { ...identityProvider, audiences: identityProvider?.audiences ?? [defaultAwsAudience(entry)] },
    }),
  };
}

/** The issuers are also the API server's default audiences. */
function issuersOf({ issuer, issuerHosting }: ClusterEntry): string[] {
  return [...new Set([issuer, ...(issuerHosting?.oldIssuers ?? [])])];
}

export function defaultAwsAudience({ providers }: Pick<ClusterEntry, 'providers'>): string {
  return providers.aws.defaultAudience ?? settings.CWII_AWS_DEFAULT_AUDIENCE.byDefault ?? '';
}

/**
 * Every tag and digest of the default and configured images, so that annotations cannot choose another image.
 */
function configuredVerifyImages({ providers: { aws, gcp, azure } }: ClusterEntry): string[] {
  const images = [
    settings.CWII_AWS_VERIFY_IMAGE.byDefault,
    settings.CWII_GCP_VERIFY_IMAGE.byDefault,
    settings.CWII_AZ_VERIFY_IMAGE.byDefault,
    aws.verifyImage,
    gcp.verifyImage,
    azure.verifyImage,
  ].filter((image) => image !== undefined);
  const repositories = new Set(images.map((image) => image.replace(/@.*$/, '').replace(/:[^/:]*$/, '')));
  return [...repositories].flatMap((repository) => [`${repository}:*`, `${repository}@*`]);
}
