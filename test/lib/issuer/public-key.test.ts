// Tests of readPublicKey: which keys are published, and with which members.

import { generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { describe, expect, it } from 'vitest';
import { readPublicKey, thumbprintOf } from '../../../lib/issuer/public-key.ts';
import { ecJwk, type Jwk, jwkOf, rsaJwk } from '../../fakes/issuer-keys.ts';

const rsa = rsaJwk();
const ec = ecJwk();

describe('a key', () => {
  it.each<[string, Jwk]>([
    ['RSA', rsa],
    ['EC on P-256', ec],
    ['EC on P-384', ecJwk('P-384')],
    ['EC on P-521', ecJwk('P-521')],
    ['RSA with SHA-512', { ...rsa, alg: 'RS512' }],
  ])('is published unchanged: %s', (_, jwk) => {
    expect(readPublicKey(jwk)).toEqual(jwk);
  });

  it('without an algorithm gets the default one', () => {
    const { alg: _, ...bare } = rsa;
    expect(readPublicKey(bare).alg).toBe('RS256');
  });

  it('is published without members that verification does not need', () => {
    expect(readPublicKey({ ...rsa, x5c: ['MIIB'], key_ops: ['verify'], note: 'of 2026' })).toEqual(rsa);
  });

  it('is published with normalized numbers', () => {
    const padded = Buffer.concat([Buffer.alloc(3), Buffer.from(String(rsa['n']), 'base64url')]).toString('base64url');
    expect(readPublicKey({ ...rsa, n: padded })).toEqual(rsa);
  });

  it.each<[string, unknown, string]>([
    ['text', 'key', 'is not a JSON object'],
    ['null', null, 'is not a JSON object'],
    ['without kid', { ...rsa, kid: undefined }, 'has no valid kid'],
    ['with an empty kid', { ...rsa, kid: '' }, 'has no valid kid'],
    ['with a kid that has white space', { ...rsa, kid: 'a b' }, 'has no valid kid'],
    ['without use', { ...rsa, use: undefined }, 'has the use (none)'],
    ['for encryption', { ...rsa, use: 'enc' }, 'has the use "enc"'],
    ['of an unknown type', { ...rsa, kty: 'OKP' }, 'has the type "OKP"'],
    ['without a type', { ...rsa, kty: undefined }, 'has the type (none)'],
    ['with an algorithm that clouds reject', { ...rsa, alg: 'PS256' }, 'has the algorithm "PS256"'],
    ['with the algorithm of another curve', { ...ec, alg: 'ES384' }, 'a key on the curve P-256 signs with ES256'],
    ['on a curve that clouds reject', ecJwk('secp256k1'), 'is on the curve "secp256k1"'],
    [
      'on a curve with the name of an Object.prototype member',
      { ...ec, crv: 'constructor' },
      'is on the curve "constructor"',
    ],
    ['without a modulus', { ...rsa, n: undefined }, 'has no valid n'],
    ['with a modulus that is not base64url', { ...rsa, n: '+/==' }, 'has no valid n'],
    ['whose point is not on its curve', { ...ec, y: ec['x'] }, 'is not a valid public key'],
    ['with 1024 bits', rsaJwk(1024), 'has 1024 bits; an RSA key needs at least 2048'],
    ['with a bit too few', rsaJwk(2047), 'has 2047 bits; an RSA key needs at least 2048'],
    ['with a byte too few', rsaJwk(2040), 'has 2040 bits; an RSA key needs at least 2048'],
    ['with an even exponent', { ...rsa, e: 'AQAA' }, 'has the public exponent 65536'],
    ['with the exponent 1', { ...rsa, e: 'AQ' }, 'has the public exponent 1'],
  ])('is rejected: %s', (_, jwk, why) => {
    expect(() => readPublicKey(jwk)).toThrow(why);
  });

  it.each(['rsa', 'ec'] as const)('with the private part of an %s key is rejected without showing it', (type) => {
    const { privateKey, publicKey } =
      type === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const secret = privateKey.export({ format: 'jwk' });
    const jwk = { ...jwkOf(publicKey, type === 'rsa' ? 'RS256' : 'ES256'), ...secret };

    expect(() => readPublicKey(jwk)).toThrow(/^has private members \(d.*treat it as compromised/);
    expect(() => readPublicKey(jwk)).not.toThrow(secret.d);
  });

  it('is rejected as private if it is symmetric', () => {
    expect(() => readPublicKey({ kty: 'oct', k: 'c2VjcmV0', kid: 'a', use: 'sig' })).toThrow('has private members (k)');
  });
});

describe('the thumbprint of a key', () => {
  it.each<[string, Jwk]>([
    ['RSA', rsa],
    ['EC', ec],
  ])('is that of RFC 7638, whatever its ID: %s', async (_, jwk) => {
    expect(thumbprintOf(readPublicKey({ ...jwk, kid: 'other' }))).toBe(await calculateJwkThumbprint(jwk));
  });
});
