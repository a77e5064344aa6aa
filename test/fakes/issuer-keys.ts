// Keys of a cluster as its API server publishes them, with the discovery document and the key set.

import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type PublicKey, readPublicKey } from '../../lib/issuer/public-key.ts';

export const issuer = 'https://oidc.example.com/my-cluster';

export type Jwk = Record<string, unknown>;

/** Kubernetes names a key by its digest. */
export function jwkOf(publicKey: KeyObject, alg: string): Jwk {
  const kid = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
  return { use: 'sig', kid, alg, ...publicKey.export({ format: 'jwk' }) };
}

export function rsaJwk(bits = 2048): Jwk {
  return jwkOf(generateKeyPairSync('rsa', { modulusLength: bits }).publicKey, 'RS256');
}

export function ecJwk(curve: 'P-256' | 'P-384' | 'P-521' | 'secp256k1' = 'P-256'): Jwk {
  const algorithm = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512', secp256k1: 'ES256K' }[curve];
  return jwkOf(generateKeyPairSync('ec', { namedCurve: curve }).publicKey, algorithm);
}

/** A new key with a readable name. EC, because generating a pair takes less than a millisecond. */
export function namedKey(kid: string): PublicKey {
  return readPublicKey({ ...ecJwk(), kid });
}

export function discoveryDocument(changes: Jwk = {}): string {
  return JSON.stringify({
    issuer,
    jwks_uri: 'https://10.0.0.1:6443/openid/v1/jwks',
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    ...changes,
  });
}

export function keySet(...keys: readonly unknown[]): string {
  return JSON.stringify({ keys });
}
