// Tokens for aws-iam-authenticator, which EKS runs too: a presigned GetCallerIdentity that only it may send.
// Format: https://github.com/kubernetes-sigs/aws-iam-authenticator, pkg/token.

import type { Hash, Hmac } from 'node:crypto';
import { CwiiError } from '../../common/errors.ts';
import { crypto } from '../../common/node-builtins.ts';
import { type ObtainedToken, RenewingCredential } from './renewing.ts';

export interface EksIdentity {
  /** The cluster ID that the authenticator was started with. */
  readonly cluster: string;
  readonly region: string;
}

/**
 * How long a token is used, in milliseconds. STS takes a presigned GetCallerIdentity for 15 minutes after its date,
 * whatever X-Amz-Expires says, and the authenticator checks the same.
 */
const USED_MS = 600_000;

/** The partitions whose domain is another than amazonaws.com, as the SDKs know them. */
const domains: readonly (readonly [RegExp, string])[] = [
  [/^cn-/, 'amazonaws.com.cn'],
  [/^eusc-/, 'amazonaws.eu'],
  [/^us-iso-/, 'c2s.ic.gov'],
  [/^us-isob-/, 'sc2s.sgov.gov'],
  [/^eu-isoe-/, 'cloud.adc-e.uk'],
  [/^us-isof-/, 'csp.hci.ic.gov'],
];

/** Old authenticators take no other value than one from 0 to 60. */
const EXPIRES_SECONDS = 60;

export function eksCredential({ cluster, region }: EksIdentity, report: (error: unknown) => void): RenewingCredential {
  async function obtain(): Promise<ObtainedToken> {
    const now = Date.now();
    const token = await presign(cluster, region, new Date(now));
    // Made on this machine in a millisecond, so that there is nothing to renew ahead.
    return { token, renewAt: now + USED_MS, expiresAt: now + USED_MS };
  }
  return new RenewingCredential({ obtain, report });
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
      // Signed, so that the URL serves this cluster's authenticator and no other's.
      headers: { host: hostname, 'x-k8s-aws-id': cluster },
    },
    { expiresIn: EXPIRES_SECONDS, signingDate },
  );
  // The signature is over this encoding: URLSearchParams would write a space in another way, but there is none.
  const url = `https://${hostname}/?${new URLSearchParams(query as Record<string, string>)}`;
  return `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`;
}

/** Lambda gives a function its role's credentials so. */
function credentialsOfProcess() {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = process.env;
  if (!accessKeyId || !secretAccessKey) {
    throw new CwiiError(
      'credential-unreadable',
      'there are no AWS credentials to sign the cluster token with; on Lambda the function has those of its role, elsewhere set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN',
    );
  }
  return { accessKeyId, secretAccessKey, ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }) };
}

/** What the signer asks of a hash, by Node.js' own. */
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
