// Tokens for aws-iam-authenticator, as EKS uses them: a presigned GetCallerIdentity request.
// Format: https://github.com/kubernetes-sigs/aws-iam-authenticator, pkg/token.

import { CwiiError } from '../../common/errors.ts';
import type { EksIdentity } from '../../settings/cluster-credential.ts';
import { credentialsOfProcess } from './aws-call.ts';
import { type ObtainedToken, RefreshingCredential } from './refreshing.ts';

/**
 * How long a token is used, in milliseconds. STS accepts a presigned GetCallerIdentity for 15 minutes after
 * its date, whatever X-Amz-Expires says, and the authenticator checks the same.
 */
const USED_MS = 600_000;

/** Old authenticators accept only values from 0 to 60. */
const EXPIRES_SECONDS = 60;

export function eksCredential(
  { cluster, region }: EksIdentity,
  onRefreshError: (error: unknown) => void,
): RefreshingCredential {
  async function obtain(): Promise<ObtainedToken> {
    const now = Date.now();
    const token = await presign(cluster, region, new Date(now));
    // Signing takes a millisecond and no network call, so there is no refresh in the background.
    return { token, refreshAt: now + USED_MS, expiresAt: now + USED_MS };
  }
  return new RefreshingCredential({ obtain, onRefreshError });
}

async function presign(cluster: string, region: string, signingDate: Date): Promise<string> {
  const credentials = credentialsOfProcess();
  if (!credentials)
    throw new CwiiError(
      'credential-unreadable',
      'there are no AWS credentials to sign the cluster token with; set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN (Lambda sets them)',
    );
  const { hostOf, signerFor } = await import('./sdk/signed-request.ts');
  const service = { service: 'sts', region } as const;
  const hostname = hostOf(service);
  const { query } = await signerFor(service, credentials).presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      // Signed, so that only this cluster's authenticator accepts the URL.
      headers: { host: hostname, 'x-k8s-aws-id': cluster },
    },
    { expiresIn: EXPIRES_SECONDS, signingDate },
  );
  // The signature covers this encoding. URLSearchParams encodes spaces differently, but there are none.
  const url = `https://${hostname}/?${new URLSearchParams(query as Record<string, string>)}`;
  return `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`;
}
