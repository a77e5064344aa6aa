// The values that settings give to annotations that are not set anywhere.

import type { KeyName } from '../../lib/annotations/keys.ts';
import type { MutateSettings } from '../../lib/settings/webhook-config.ts';

type Default = (settings: MutateSettings) => string | number | undefined;

const expiration: Default = ({ tokenExpiration }) => tokenExpiration;

const defaults: Partial<Record<KeyName, Default>> = {
  'cwii.dev/aws-audience': ({ providers }) => providers.aws.defaultAudience,
  'cwii.dev/aws-region': ({ providers }) => providers.aws.defaultRegion,
  'cwii.dev/aws-token-expiration': expiration,
  'cwii.dev/aws-verify-image': ({ providers }) => providers.aws.verifyImage,
  'cwii.dev/az-audience': ({ providers }) => providers.az.defaultAudience,
  'cwii.dev/az-tenant-id': ({ providers }) => providers.az.defaultTenantId,
  'cwii.dev/az-token-expiration': expiration,
  'cwii.dev/az-verify-image': ({ providers }) => providers.az.verifyImage,
  'cwii.dev/gcp-audience': ({ providers }) => providers.gcp.defaultAudience,
  'cwii.dev/gcp-token-expiration': expiration,
  'cwii.dev/gcp-verify-image': ({ providers }) => providers.gcp.verifyImage,
};

/** Undefined if the settings have no default; the documentation of the key then describes what happens. */
export function annotationDefault(key: KeyName, settings: MutateSettings): string | undefined {
  const value = defaults[key]?.(settings);
  return value === undefined ? undefined : String(value);
}
