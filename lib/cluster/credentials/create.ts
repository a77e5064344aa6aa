// Which code makes the credential of each kind. Each loads an SDK of AWS where it needs one.

import type { Credential } from './credential.ts';
import { type EksIdentity, eksCredential } from './eks.ts';
import { FileCredential } from './file.ts';
import { secretCredential, type TokenSecret } from './secret.ts';
import { type WebIdentity, webIdentityCredential } from './web-identity.ts';

export type CredentialSource =
  | { readonly kind: 'file'; readonly path: string }
  | ({ readonly kind: 'web-identity' } & WebIdentity)
  | ({ readonly kind: 'secret' } & TokenSecret)
  | ({ readonly kind: 'eks' } & EksIdentity);

/** @param report told of what no request shows: a renewal that failed while the old token still served. */
export function createCredential(source: CredentialSource, report: (error: unknown) => void): Credential {
  switch (source.kind) {
    case 'file':
      return new FileCredential(source.path);
    case 'web-identity':
      return webIdentityCredential(source, report);
    case 'secret':
      return secretCredential(source, report);
    case 'eks':
      return eksCredential(source, report);
  }
}
