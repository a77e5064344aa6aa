// Names the outcome of an SDK in a scenario with a word.

import { sessionOf } from './aws-endpoint.ts';
import { clientToken } from './azure-endpoint.ts';
import { impersonatedToken } from './gcp-endpoint.ts';
import type { SdkResult } from './in-container/get-credentials.ts';
import { clientId, googleAccount, roleArn, targetRole } from './trust.ts';

/** The text that identifies credentials of the fakes, and the word for them. */
const words: Readonly<Record<string, string>> = {
  [sessionOf(roleArn, 'web')]: 'identity',
  [sessionOf(targetRole['cwii.dev/aws-target-role-arn'], 'web')]: 'second role',
  AKIAVARIABLE: 'keys',
  AKIAPROFILE: 'profile',
  AKIAFILE: 'file',
  AKIACONFIG: 'file',
  [clientToken(clientId, 'https://vault.azure.net/.default')]: 'identity',
  [impersonatedToken(googleAccount)]: 'identity',
};

/** @throws if the credentials are none that the fakes issue. */
export function outcomeOf({ credentials, error }: SdkResult): string {
  if (error) return 'fails';
  const { sessionToken, token, key, accessKeyId } = credentials;
  const found = String(sessionToken || token || key || accessKeyId);
  // The SDK for Go of Azure asks for more scopes, which the fake repeats.
  const word = words[found.replace(' openid offline_access profile', '')];
  if (word === undefined) throw new Error(`unknown credentials: ${JSON.stringify(credentials)}`);
  return word;
}
