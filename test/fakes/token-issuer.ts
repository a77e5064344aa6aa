// A cluster's issuer of ServiceAccount tokens, with the documents that its API server serves.

import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import type { IssuerDocuments } from '../../lib/callers/cluster-keys.ts';

export type Algorithm = 'RS256' | 'ES256' | 'ES384' | 'ES512';

interface SigningKey {
  readonly kid: string;
  readonly algorithm: Algorithm;
  readonly privateKey: CryptoKey;
  readonly jwk: object;
}

export const webhookUrl = 'https://abc123.lambda-url.eu-central-1.on.aws/mutate';
export const callerSubject = 'system:serviceaccount:cwii-system:api-server';

/** The clock of the tests, in milliseconds since the epoch. */
export const NOW = Date.parse('2026-12-01T12:00:00Z');

export class TokenIssuer {
  issuer = 'https://kubernetes.default.svc.cluster.local';
  /** How often the documents were read. */
  reads = 0;
  /** The error of the next reads. */
  failure: Error | undefined;
  #keys: SigningKey[] = [];

  static async create(algorithm: Algorithm = 'ES256'): Promise<TokenIssuer> {
    const issuer = new TokenIssuer();
    await issuer.rotate(algorithm);
    return issuer;
  }

  /** Signs with a new key from now on. @param keep whether the old keys are still served. */
  async rotate(algorithm: Algorithm = 'ES256', { keep = true } = {}): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair(algorithm);
    const kid = `key-${crypto.randomUUID()}`;
    const jwk = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' };
    this.#keys = [{ kid, algorithm, privateKey, jwk }, ...(keep ? this.#keys : [])];
  }

  readonly read = async (): Promise<IssuerDocuments> => {
    this.reads++;
    if (this.failure) throw this.failure;
    return {
      discovery: JSON.stringify({ issuer: this.issuer }),
      jwks: JSON.stringify({ keys: this.#keys.map(({ jwk }) => jwk) }),
    };
  };

  /** A token as `kubectl create token` gets it, valid for an hour. Undefined removes a claim. */
  async token(
    claims: { readonly [Name in keyof JWTPayload]: JWTPayload[Name] | undefined } = {},
    header: object = {},
  ): Promise<string> {
    const [key] = this.#keys;
    if (!key) throw new Error('the issuer has no key');
    const seconds = NOW / 1000;
    const payload = {
      iss: this.issuer,
      sub: callerSubject,
      aud: [webhookUrl],
      iat: seconds,
      nbf: seconds,
      exp: seconds + 3600,
      ...claims,
    };
    // JSON omits the claims that are undefined.
    return new SignJWT(payload as JWTPayload)
      .setProtectedHeader({ alg: key.algorithm, kid: key.kid, ...header })
      .sign(key.privateKey);
  }
}
