// Which code makes the credential of each kind. Whatever needs an SDK of AWS is loaded only where it is configured.

import type { Credential } from './credential.ts';
import type { EksIdentity } from './eks.ts';
import { FileCredential } from './file.ts';
import type { TokenSecret } from './secret.ts';
import type { WebIdentity } from './web-identity.ts';

export type CredentialSource =
  | { readonly kind: 'file'; readonly path: string }
  | ({ readonly kind: 'web-identity' } & WebIdentity)
  | ({ readonly kind: 'secret' } & TokenSecret)
  | ({ readonly kind: 'eks' } & EksIdentity);

/** @param report told of what no request shows: a renewal that failed while the old token still served. */
export async function createCredential(
  source: CredentialSource,
  report: (error: unknown) => void,
): Promise<Credential> {
  switch (source.kind) {
    case 'file':
      return new FileCredential(source.path);
    case 'web-identity':
      return (await import('./web-identity.ts')).webIdentityCredential(source, report);
    case 'secret':
      return (await import('./secret.ts')).secretCredential(source, report);
    case 'eks':
      return (await import('./eks.ts')).eksCredential(source, report);
  }
}
