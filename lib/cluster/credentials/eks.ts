// Tokens for aws-iam-authenticator, as EKS uses them: a presigned GetCallerIdentity request.
// Format: https://github.com/kubernetes-sigs/aws-iam-authenticator, pkg/token.

import type { Hash, Hmac } from 'node:crypto';
import { CwiiError } from '../../common/errors.ts';
import { crypto } from '../../common/node-builtins.ts';
import type { EksIdentity } from '../../settings/cluster-credential.ts';
import { type ObtainedToken, RefreshingCredential } from './refreshing.ts';

/**
 * How long a token is used, in milliseconds. STS accepts a presigned GetCallerIdentity for 15 minutes after
 * its date, whatever X-Amz-Expires says, and the authenticator checks the same.
 */
const USED_MS = 600_000;

/** The partitions with a domain other than amazonaws.com, as the SDKs have them. */
const domains: readonly (readonly [RegExp, string])[] = [
  [/^cn-/, 'amazonaws.com.cn'],
  [/^eusc-/, 'amazonaws.eu'],
  [/^us-iso-/, 'c2s.ic.gov'],
  [/^us-isob-/, 'sc2s.sgov.gov'],
  [/^eu-isoe-/, 'cloud.adc-e.uk'],
  [/^us-isof-/, 'csp.hci.ic.gov'],
];

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
  const { SignatureV4 } = await import('./sdk/signature-v4.ts');
  const signer = new SignatureV4({ service: 'sts', region, credentials, sha256: Sha256 });
  const hostname = `sts.${region}.${domains.find(([regions]) => regions.test(region))?.[1] ?? 'amazonaws.com'}`;
  const { query } = await signer.presign(
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

/** The variables in which Lambda passes the credentials of the function's role. */
function credentialsOfProcess() {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = process.env;
  if (!accessKeyId || !secretAccessKey) {
    throw new CwiiError(
      'credential-unreadable',
      'there are no AWS credentials to sign the cluster token with; set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN (Lambda sets them)',
    );
  }
  return { accessKeyId, secretAccessKey, ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }) };
}

/** The hash interface of the signer, implemented with node:crypto. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? crypto.createHash('sha256') : crypto.createHmac('sha256', toBytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(toBytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

function toBytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
