// The environment variables that make up a cloud's identity.

import type { ProviderId } from '../../lib/providers/provider.ts';

/**
 * TODO: use `identityVariables` of the provider (lib/providers) and delete this file when the providers
 * declare them. test/cli/manifests-agreement.test.ts compares this table with the plans of the providers.
 */
const identityVariables: Readonly<Record<ProviderId, readonly string[]>> = {
  aws: ['AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE'],
  az: ['AZURE_CLIENT_ID', 'AZURE_TENANT_ID', 'AZURE_FEDERATED_TOKEN_FILE'],
  gcp: ['GOOGLE_APPLICATION_CREDENTIALS', 'CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE'],
};

/** A container that sets one of these variables keeps its own identity. */
export function identityVariablesOf(id: ProviderId): readonly string[] {
  return identityVariables[id];
}
