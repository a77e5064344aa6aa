// Builds the two published documents: only the fields that clouds use, and the same bytes for the same keys.

import { placesOf } from './issuer-url.ts';
import type { PublicKey } from './public-key.ts';

/** An object of the bucket with the headers that CloudFront passes on. */
export interface PublishedDocument {
  readonly objectKey: string;
  readonly body: string;
  readonly contentType: string;
  readonly cacheControl: string;
}

/**
 * A verifier that finds an unknown kid fetches the keys again and must not get old ones for long; a dropped
 * key must disappear soon. The function writes only what changed, so a cache adds no more than this delay.
 */
const headers = { contentType: 'application/json', cacheControl: 'public, max-age=300' } as const;

/** RFC 7517, section 5. */
export function keySetOf(issuer: string, keys: readonly PublicKey[]): PublishedDocument {
  return { objectKey: placesOf(issuer).jwks.objectKey, body: text({ keys }), ...headers };
}

/** OpenID Connect Discovery 1.0, section 3: the fields that apply to tokens without a login. */
export function discoveryOf(issuer: string, keys: readonly PublicKey[]): PublishedDocument {
  const { discovery, jwks } = placesOf(issuer);
  const body = text({
    issuer,
    // Not the cluster's own jwks_uri, which is a URL of the API server.
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
