// Tests of the published documents: the discovery document and the key set.

import { describe, expect, it } from 'vitest';
import { readPublicKey } from '../../../lib/issuer/public-key.ts';
import { discoveryOf, keySetOf } from '../../../lib/issuer/published-documents.ts';
import { ecJwk, issuer, rsaJwk } from '../../fakes/issuer-keys.ts';

const rsa = readPublicKey(rsaJwk());
const [p256, p384] = [readPublicKey(ecJwk()), readPublicKey(ecJwk('P-384'))];

describe('the discovery document', () => {
  it('has the issuer unchanged, and a jwks_uri on the same host', () => {
    expect(JSON.parse(discoveryOf(issuer, [rsa]).body)).toEqual({
      issuer,
      jwks_uri: `${issuer}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'nbf'],
    });
  });

  it('lists the algorithms of the keys once, in a fixed order', () => {
    const algorithms = (...keys: Parameters<typeof discoveryOf>[1]) =>
      JSON.parse(discoveryOf(issuer, keys).body).id_token_signing_alg_values_supported;
    expect(algorithms(rsa, p384, p256, rsa)).toEqual(['ES256', 'ES384', 'RS256']);
    expect(discoveryOf(issuer, [p256, rsa])).toEqual(discoveryOf(issuer, [rsa, p256]));
  });
});

describe('the key set', () => {
  it('has the keys, and headers that limit caching to minutes', () => {
    expect(JSON.parse(keySetOf(issuer, [rsa, p256]).body)).toEqual({ keys: [rsa, p256] });
    expect(keySetOf(issuer, [rsa])).toMatchObject({
      objectKey: 'my-cluster/openid/v1/jwks',
      contentType: 'application/json',
      cacheControl: 'public, max-age=300',
    });
  });
});
