// The defaults of cwii.yaml that depend on other keys.

import { settings } from '../lib/settings/webhook-settings.ts';
import type { ClusterEntry } from './schema.ts';

type Given<Value> = Exclude<Value, undefined>;

/** One cluster with every default applied. What the function itself has a default for stays absent (docs/configuration.md). */
export type Cluster = Omit<
  ClusterEntry,
  'api' | 'credential' | 'webhook' | 'guardRails' | 'settings' | 'identityProvider'
> & {
  /** `ca` is PEM, whether it stands in the file or in one of its own. */
  readonly api: Omit<ClusterEntry['api'], 'caFile'>;
  /** Exactly one key. */
  readonly credential: Omit<ClusterEntry['credential'], 'webIdentity'> & {
    readonly webIdentity?: Given<ClusterEntry['credential']['webIdentity']> & { readonly audience: string };
  };
  readonly webhook: ClusterEntry['webhook'] & { readonly failurePolicy: 'Fail' | 'Ignore' };
  readonly guardRails: ClusterEntry['guardRails'] & { readonly verifyImages: string[] };
  readonly settings: ClusterEntry['settings'] & { readonly apiAudiences: string[] };
  readonly identityProvider?: Given<ClusterEntry['identityProvider']> & { readonly audiences: string[] };
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
    guardRails: { ...guardRails, verifyImages: guardRails.verifyImages ?? ownVerifyImages(entry) },
    settings: { ...entry.settings, apiAudiences: entry.settings.apiAudiences ?? issuersOf(entry) },
    ...((identityProvider || entry.workloadRoles.length > 0) && {
      identityProvider: { ...identityProvider, audiences: identityProvider?.audiences ?? [defaultAwsAudience(entry)] },
    }),
  };
}

/** Which the API server has as its audiences too. */
function issuersOf({ issuer, issuerHosting }: ClusterEntry): string[] {
  return [...new Set([issuer, ...(issuerHosting?.oldIssuers ?? [])])];
}

export function defaultAwsAudience({ providers }: Pick<ClusterEntry, 'providers'>): string {
  return providers.aws.defaultAudience ?? settings.CWII_AWS_DEFAULT_AUDIENCE.byDefault ?? '';
}

/** Every tag and digest of the default images and the configured ones, so that annotations bring no other image into pods. */
function ownVerifyImages({ providers: { aws, gcp, azure } }: ClusterEntry): string[] {
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
