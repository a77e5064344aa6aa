// The two documents as clouds get them: only what they ask for, in the same bytes for the same keys.

import { placesOf } from './issuer-url.ts';
import type { PublicKey } from './public-key.ts';

/** An object of the bucket, and the headers that CloudFront passes on. */
export interface ServedDocument {
  readonly objectKey: string;
  readonly body: string;
  readonly contentType: string;
  readonly cacheControl: string;
}

/**
 * A verifier that meets a new kid fetches the keys again, and must not be shown old ones for long; a dropped key must be
 * gone soon. The function writes only what changed, so that this is all that a cache can add.
 */
const headers = { contentType: 'application/json', cacheControl: 'public, max-age=300' } as const;

/** RFC 7517, section 5. */
export function keySetOf(issuer: string, keys: readonly PublicKey[]): ServedDocument {
  return { objectKey: placesOf(issuer).jwks.objectKey, body: text({ keys }), ...headers };
}

/** OpenID Connect Discovery 1.0, section 3, as far as it concerns tokens that nobody logs in for. */
export function discoveryOf(issuer: string, keys: readonly PublicKey[]): ServedDocument {
  const { discovery, jwks } = placesOf(issuer);
  const body = text({
    issuer,
    // Not the cluster's own jwks_uri, which is an address of the API server.
    jwks_uri: jwks.url,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(keys.map(({ alg }) => alg))].sort(),
    claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'nbf'],
  });
  return { objectKey: discovery.objectKey, body, ...headers };
}

function text(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
