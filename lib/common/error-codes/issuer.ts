// Error codes of the issuer function, which publishes the cluster's signing keys.

import type { ErrorCodeDocs } from './docs.ts';

export const issuerErrors = {
  'issuer-command-unknown': {
    meaning: 'The function was invoked with an event that is not a command. Nothing was changed.',
    remedy:
      'Send `{"drop":["KID"]}` to stop serving a key, `{"undrop":["KID"]}` to undo that, or `{}` to publish the keys now.',
  },
  'issuer-document-unreadable': {
    meaning:
      "The API server's answer is not a discovery document or a key set. A proxy may have answered instead. The documents that were published before are still served.",
    remedy:
      'Compare `kubectl get --raw /.well-known/openid-configuration` and `kubectl get --raw /openid/v1/jwks`, and check `CWII_KUBE_API_URL`.',
  },
  'issuer-mismatch': {
    meaning:
      "The API server's issuer is not the same text as `CWII_ISSUER_URL`. Clouds compare issuers byte by byte, so they would reject every token. The documents that were published before are still served.",
    remedy:
      'Start every API server with the issuer as its first `--service-account-issuer`, and keep the old issuer as a further one. Or correct the issuer in `cwii.yaml`.',
  },
  'issuer-keys-invalid': {
    meaning:
      "A key in the API server's key set cannot be published: it is malformed, too weak, has private members, shares its key ID with another key, or there are more keys than AWS accepts. The message names each key. The documents that were published before are still served.",
    remedy:
      'Correct or remove the keys in `--service-account-key-file` and `--service-account-signing-key-file` of every API server. Replace a key with private members at once, because it is compromised.',
  },
  'issuer-key-unknown': {
    meaning:
      'A command names a key ID that the cluster does not publish and the function does not know. Nothing was changed.',
    remedy: 'Send the command again with one of the key IDs that the message lists.',
  },
  'issuer-drop-leaves-nothing': {
    meaning:
      'A command would drop every key that the cluster signs with, so every token would be rejected by the clouds. Nothing was dropped.',
    remedy:
      'Give the API servers a new signing key first and keep the old one in `--service-account-key-file`, run the command, then remove the old key. To stop the clouds at once, remove the OIDC provider in IAM and the federated credentials.',
  },
  'issuer-nothing-to-serve': {
    meaning: 'Every key that the cluster publishes has been dropped, so there is no key to serve. Nothing was changed.',
    remedy:
      'Give the API servers a new signing key (`--service-account-signing-key-file`), or undo a drop with `{"undrop":["KID"]}`.',
  },
  'issuer-state-unreadable': {
    meaning:
      "The object with the function's state in the bucket is not in the form that the function writes. Nothing is published until you restore or delete it.",
    remedy:
      'Restore an earlier version of the object that the message names. If there is none, delete it: the served keys then stay for the grace period, and dropped keys must be dropped again.',
  },
  'bucket-conflict': {
    meaning: 'Another run changed the same object in the bucket at the same time, also after five attempts.',
    remedy:
      'Run the function again. If this persists, find the other writer: two issuer functions must not share a bucket.',
  },
  'bucket-forbidden': {
    meaning: "S3 denied the function's role access to an object of the bucket (HTTP 403).",
    remedy:
      'Give the role `s3:GetObject` and `s3:PutObject` on the objects and `s3:ListBucket` on the bucket, and `kms:Decrypt` and `kms:GenerateDataKey` on the KMS key if there is one.',
  },
  'bucket-missing': {
    meaning: 'There is no bucket with the name in `CWII_ISSUER_BUCKET`.',
    remedy: 'Correct `CWII_ISSUER_BUCKET`.',
  },
  'bucket-unavailable': {
    meaning: 'An object of the bucket could not be read or written for another reason, such as a network error.',
    remedy:
      'If this persists, check the region of the bucket and the network path from the function to S3. In a VPC it needs a gateway endpoint.',
  },
} as const satisfies Record<string, ErrorCodeDocs>;
