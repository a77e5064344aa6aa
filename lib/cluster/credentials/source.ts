// From the setting to what the credential is made of: STS needs a region and a signing algorithm besides.

import type { CredentialSource } from './create.ts';
import type { CredentialSetting } from './setting.ts';

/**
 * @param problems gets a sentence for what the environment lacks; the answer is then undefined.
 * @param algorithm of web identity.
 */
export function credentialSource(
  env: Readonly<Record<string, string | undefined>>,
  credential: Exclude<CredentialSetting, { kind: 'none' }>,
  algorithm: 'ES384' | 'RS256' | undefined,
  problems: string[],
): CredentialSource | undefined {
  if (credential.kind === 'file' || credential.kind === 'secret') return credential;
  // On Lambda it is always set.
  const region = env['AWS_REGION']?.trim();
  if (!region) {
    problems.push(
      `AWS_REGION is not set, but CWII_KUBE_CREDENTIAL is ${credential.kind}:…, which asks STS in a region; on Lambda it is always set, elsewhere set it yourself`,
    );
  }
  if (!region || !algorithm) return undefined;
  return credential.kind === 'eks' ? { ...credential, region } : { ...credential, algorithm, region };
}
