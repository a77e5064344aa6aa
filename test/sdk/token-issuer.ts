// Issues ServiceAccount tokens as an API server does, and has the key set that verifies them.

import { createHash, type JsonWebKey, randomUUID, sign } from 'node:crypto';
import { createSigningKey } from '../../testing/certificates.ts';

/** A JSON Web Key Set (RFC 7517), as the API server serves it at /openid/v1/jwks. */
export interface Jwks {
  readonly keys: readonly JsonWebKey[];
}

/** The part of a cluster that the clouds know. */
export interface ClusterIdentity {
  /** The `iss` of its tokens. */
  readonly issuer: string;
  readonly jwks: Jwks;
  /** How much the clock of the cloud is ahead of this machine's, in milliseconds. Default: 0. */
  readonly clockAhead?: number;
  /** Lifetime of the credentials that the clouds issue, in seconds. Default: 3600. */
  readonly sessionSeconds?: number;
}

export interface TokenOrder {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly audience: string;
  /** Lifetime in seconds. */
  readonly expirationSeconds: number;
  /** Age in seconds. Default: 0. */
  readonly age?: number;
}

export interface TokenIssuer extends ClusterIdentity {
  /** Issues a token like those that the kubelet gets from TokenRequest. */
  issue(order: TokenOrder): string;
}

export async function createTokenIssuer(issuer: string): Promise<TokenIssuer> {
  const { publicKey, publicKeyPem, privateKeyPem } = await createSigningKey();
  const kid = createHash('sha256').update(publicKeyPem).digest('base64url');
  return {
    issuer,
    jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), use: 'sig', kid, alg: 'RS256' }] },
    issue: ({ namespace, serviceAccount, audience, expirationSeconds, age = 0 }) => {
      const iat = Math.floor(Date.now() / 1000) - age;
      const claims = {
        aud: [audience],
        exp: iat + expirationSeconds,
        iat,
        iss: issuer,
        jti: randomUUID(),
        'kubernetes.io': { namespace, serviceaccount: { name: serviceAccount, uid: randomUUID() } },
        nbf: iat,
        sub: `system:serviceaccount:${namespace}:${serviceAccount}`,
      };
      const signed = `${encode({ alg: 'RS256', kid })}.${encode(claims)}`;
      return `${signed}.${sign('sha256', Buffer.from(signed), privateKeyPem).toString('base64url')}`;
    },
  };
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

/** The clock of the cloud, in milliseconds. */
export function nowOf({ clockAhead = 0 }: ClusterIdentity): number {
  return Date.now() + clockAhead;
}

/** The lifetime of the credentials that the clouds issue, in seconds. */
export function sessionSecondsOf({ sessionSeconds = 3600 }: ClusterIdentity): number {
  return sessionSeconds;
}

/** The time at which credentials end that the cloud issues now. */
export function sessionEnd(cluster: ClusterIdentity): Date {
  return new Date(Date.now() + sessionSecondsOf(cluster) * 1000);
}
