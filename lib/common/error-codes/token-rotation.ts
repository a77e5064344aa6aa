// Error codes of the token rotation function, which refreshes the ServiceAccount token in the secret.

import type { ErrorCodeDocs } from './docs.ts';

export const tokenRotationErrors = {
  'token-missing': {
    meaning: 'The secret has no ServiceAccount token yet.',
    remedy: 'Put a first token into the secret with the command in the message.',
  },
  'token-of-another': {
    meaning: 'The token in the secret belongs to another user than `CWII_TOKEN_SERVICE_ACCOUNT`. It was not used.',
    remedy: 'Correct `CWII_TOKEN_SERVICE_ACCOUNT`, or put a token of that ServiceAccount into the secret.',
  },
  'token-expired': {
    meaning:
      'The token in the secret expired, so it cannot request its successor. Rotation failed for its whole lifetime.',
    remedy:
      'Put a new token into the secret with the command in the message, then find the earlier failures in the log.',
  },
  'token-unusable': {
    meaning:
      'The API server issued a new token that it does not accept itself, or that belongs to another user. The token in the secret was not replaced.',
    remedy:
      "Check the API server's issuers and signing keys: every API server must accept the tokens of every other one.",
  },
  'token-rejected': {
    meaning: 'The API server rejected the token in the secret, or the token that it had just issued (HTTP 401).',
    remedy:
      'If the ServiceAccount was deleted or created again, put a new token into the secret. Otherwise check whether the issuer or the signing keys of the API server have changed.',
  },
  'token-forbidden': {
    meaning: 'The ServiceAccount is not allowed to request tokens for itself (HTTP 403).',
    remedy:
      'Apply the manifests that `cwii manifests` writes: the ServiceAccount needs `create` on `serviceaccounts/token`.',
  },
  'service-account-missing': {
    meaning: 'The ServiceAccount of `CWII_TOKEN_SERVICE_ACCOUNT` does not exist (HTTP 404).',
    remedy: 'Apply the manifests that `cwii manifests` writes, then put a token of the ServiceAccount into the secret.',
  },
} as const satisfies Record<string, ErrorCodeDocs>;
