// When a pod should have the identity of a cloud. The rules follow those of the providers.

import { KEY_PREFIX, type ProviderId } from '../../lib/annotations/keys.ts';
import { nativeSkipContainers } from '../../lib/annotations/native-keys.ts';
import { providers } from '../../lib/providers/registry.ts';
import { GCP_AUDIENCE, GCP_SERVICE_ACCOUNT, ROLE_ARN, UUID } from '../../lib/settings/formats.ts';
import { matches, variableOf } from './inject/values.ts';
import type { Requirement } from './require-identity.ts';

/** The cluster's settings that decide whether a pod gets the identity of a cloud. */
export interface CloudSettings {
  readonly nativeAnnotations: boolean;
  readonly azDefaultTenantId: string | undefined;
  readonly gcpDefaultAudience: string | undefined;
}

interface ValueRules {
  /** Whether `<p>-inject: "true"` requests the cloud without the trigger. */
  readonly injectRequests: boolean;
  readonly values: (settings: CloudSettings) => readonly {
    /** Without the prefix. */
    readonly key: string;
    readonly format: RegExp;
    /** Whether the identity is possible if no scope sets the key, because it is optional or has a default. */
    readonly optional: boolean;
  }[];
}

/** An https URL that consists of a host, to which the token is sent. */
const AUTHORITY_HOST = /^https:\/\/[^/?#@\s]+\/?$/i;

const valueRules: Readonly<Record<ProviderId, ValueRules>> = {
  aws: {
    injectRequests: false,
    values: () => [{ key: 'aws-role-arn', format: ROLE_ARN, optional: false }],
  },
  az: {
    injectRequests: false,
    values: ({ azDefaultTenantId }) => [
      { key: 'az-client-id', format: UUID, optional: false },
      { key: 'az-tenant-id', format: UUID, optional: azDefaultTenantId !== undefined },
      { key: 'az-authority-host', format: AUTHORITY_HOST, optional: true },
    ],
  },
  gcp: {
    injectRequests: true,
    values: ({ gcpDefaultAudience }) => [
      { key: 'gcp-service-account', format: GCP_SERVICE_ACCOUNT, optional: true },
      { key: 'gcp-audience', format: GCP_AUDIENCE, optional: gcpDefaultAudience !== undefined },
    ],
  },
};

/** The identity of each cloud: name, trigger and variables come from its provider. */
export function cloudRequirements(clouds: readonly ProviderId[], settings: CloudSettings): readonly Requirement[] {
  return providers
    .filter(({ id }) => clouds.includes(id))
    .map(({ id, cloud, trigger, injectKey, identityVariables, principal, footprint }) => ({
      id,
      isCloud: true,
      prefix: id,
      title: `an identity of ${cloud}`,
      trigger,
      injectKey,
      injectRequests: valueRules[id].injectRequests,
      values: valueRules[id].values(settings).map(({ key, format, optional }) => ({
        key: KEY_PREFIX + key,
        name: variableOf(key),
        isValid: (value) => matches(value, format),
        optional,
      })),
      identityVariables,
      principal: principal?.variable,
      otherSources: [...footprint.fileVariables, ...(principal?.staticKeys ?? [])],
      nativeSkip: settings.nativeAnnotations ? nativeSkipContainers[id].native : undefined,
    }));
}
