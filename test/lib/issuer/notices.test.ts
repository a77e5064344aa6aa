// Tests of the notes on keys that not every cloud accepts.

import { describe, expect, it } from 'vitest';
import { keysNotForAllClouds } from '../../../lib/issuer/notices.ts';
import { readPublicKey } from '../../../lib/issuer/public-key.ts';
import { ecJwk, rsaJwk } from '../../fakes/issuer-keys.ts';

const rsa = readPublicKey(rsaJwk());
const [p256, p384] = [readPublicKey(ecJwk()), readPublicKey(ecJwk('P-384'))];

describe('the notes on keys', () => {
  it('do not name RSA keys, which all clouds accept', () => {
    expect(keysNotForAllClouds([rsa])).toEqual([]);
  });

  it.each([
    ['ES256', p256, /^Azure will reject tokens that/],
    ['ES384', p384, /^Azure and GCP will reject tokens that/],
  ])('name the clouds that do not accept %s', (_, key, message) => {
    expect(keysNotForAllClouds([rsa, key])).toEqual([
      { code: 'key-not-for-all-clouds', message: expect.stringMatching(message) },
    ]);
  });
});
