// Creates the credential for a source. Each kind loads the AWS SDK that it needs, and only then.

import type { CredentialSource } from '../../settings/cluster-credential.ts';
import type { Credential } from './credential.ts';
import { eksCredential } from './eks.ts';
import { FileCredential } from './file.ts';
import { secretCredential } from './secret.ts';
import { webIdentityCredential } from './web-identity.ts';

/** @param onRefreshError called if a refresh in the background fails, which no request reports. */
export function createCredential(source: CredentialSource, onRefreshError: (error: unknown) => void): Credential {
  switch (source.kind) {
    case 'file':
      return new FileCredential(source.path);
    case 'web-identity':
      return webIdentityCredential(source, onRefreshError);
    case 'secret':
      return secretCredential(source, onRefreshError);
    case 'eks':
      return eksCredential(source, onRefreshError);
  }
}
