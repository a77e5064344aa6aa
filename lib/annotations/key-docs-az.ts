// What the annotations of Azure mean, for docs and CLI.

import type { KeyDocs } from './key-docs.ts';
import type { KeyName } from './keys.ts';

export const azKeyDocs = {
  'cwii.dev/az-client-id': {
    effect:
      'The client ID of the application or managed identity; sets `AZURE_CLIENT_ID`. Its presence is what triggers Azure injection.',
    byDefault: 'no Azure injection',
    example: '11111111-2222-3333-4444-555555555555',
  },
  'cwii.dev/az-inject': {
    effect:
      '`"false"` suppresses Azure injection; `"true"` states that it is wanted, and warns where no client ID is set.',
    byDefault: 'injected where `cwii.dev/az-client-id` is set',
    example: 'false',
  },
  'cwii.dev/az-tenant-id': {
    effect: 'The tenant ID; sets `AZURE_TENANT_ID`. Required.',
    byDefault: '`CWII_AZ_DEFAULT_TENANT_ID`, else no Azure injection',
    example: '66666666-7777-8888-9999-000000000000',
  },
  'cwii.dev/az-authority-host': {
    effect:
      "Sets `AZURE_AUTHORITY_HOST`, which receives the token: one of Microsoft's clouds, or listed in `CWII_ALLOWED_AZ_AUTHORITY_HOSTS`.",
    byDefault: '`https://login.microsoftonline.com/`',
    example: 'https://login.microsoftonline.us/',
  },
  'cwii.dev/az-audience': {
    effect: "The audience of the projected token. Must be the federated credential's audience.",
    byDefault: '`CWII_AZ_DEFAULT_AUDIENCE`, else `api://AzureADTokenExchange`',
    example: 'api://AzureADTokenExchange',
  },
  'cwii.dev/az-token-expiration': {
    effect:
      'Lifetime of the projected token in seconds. Kubernetes allows no less than 600; a smaller value is raised.',
    byDefault: '`CWII_TOKEN_EXPIRATION`, else 3600',
    example: '3600',
  },
  'cwii.dev/az-verify': {
    effect:
      'Adds the init container `cwii-az-verify`, which runs `az login --federated-token` and `az account show`, and only logs a failure.',
    byDefault: 'no verification',
    example: 'true',
  },
  'cwii.dev/az-verify-enforce': {
    effect: 'With `cwii.dev/az-verify`: a failed verification keeps the pod from starting.',
    byDefault: 'a failed verification is only logged',
    example: 'true',
  },
  'cwii.dev/az-verify-image': {
    effect: 'The image of the verify init container; it needs `sh`, `timeout` and the Azure CLI.',
    byDefault: '`CWII_AZ_VERIFY_IMAGE`, else `mcr.microsoft.com/azure-cli:latest`',
    example: 'registry.example.com/azure-cli:2.84.0',
  },
} satisfies Record<Extract<KeyName, `cwii.dev/az-${string}`>, KeyDocs>;
