// Knows the documents that clouds get, and which keys some of them do not take.

import { describe, expect, it } from 'vitest';
import { noticesOfClouds } from '../../../lib/issuer/clouds.ts';
import { readPublicKey } from '../../../lib/issuer/public-key.ts';
import { discoveryOf, keySetOf } from '../../../lib/issuer/served.ts';
import { ecJwk, issuer, rsaJwk } from '../../fakes/issuer-keys.ts';

const rsa = readPublicKey(rsaJwk());
const [p256, p384] = [readPublicKey(ecJwk()), readPublicKey(ecJwk('P-384'))];

describe('the discovery document', () => {
  it('names the issuer as it is, and a jwks_uri on its own host', () => {
    expect(JSON.parse(discoveryOf(issuer, [rsa]).body)).toEqual({
      issuer,
      jwks_uri: `${issuer}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'nbf'],
    });
  });

  it('lists the algorithms of the keys, each once and in one order', () => {
    const algorithms = (...keys: Parameters<typeof discoveryOf>[1]) =>
      JSON.parse(discoveryOf(issuer, keys).body).id_token_signing_alg_values_supported;
    expect(algorithms(rsa, p384, p256, rsa)).toEqual(['ES256', 'ES384', 'RS256']);
    expect(discoveryOf(issuer, [p256, rsa])).toEqual(discoveryOf(issuer, [rsa, p256]));
  });
});

describe('the key set', () => {
  it('has the keys, and headers by which a cache forgets a dropped key within minutes', () => {
    expect(JSON.parse(keySetOf(issuer, [rsa, p256]).body)).toEqual({ keys: [rsa, p256] });
    expect(keySetOf(issuer, [rsa])).toMatchObject({
      objectKey: 'my-cluster/openid/v1/jwks',
      contentType: 'application/json',
      cacheControl: 'public, max-age=300',
    });
  });
});

describe('clouds', () => {
  it('all take an RSA key', () => {
    expect(noticesOfClouds([rsa])).toEqual([]);
  });

  it.each([
    ['ES256', p256, /^Azure will not take tokens that/],
    ['ES384', p384, /^Azure and GCP will not take tokens that/],
  ])('that do not take %s are named', (_, key, message) => {
    expect(noticesOfClouds([rsa, key])).toEqual([
      { code: 'key-not-for-all-clouds', message: expect.stringMatching(message) },
    ]);
  });
});
