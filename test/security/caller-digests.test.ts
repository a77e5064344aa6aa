// Every call is compared with every configured digest in a fixed length (crypto.timingSafeEqual).

import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rejectionOf } from '../../functions/webhook/caller.ts';
import { digestOf } from '../fakes/secrets.ts';

const compare = crypto.timingSafeEqual;
let compared: { readonly candidate: string; readonly lengths: readonly number[] }[] = [];

const hex = (bytes: NodeJS.ArrayBufferView) => Buffer.from(bytes as Buffer).toString('hex');

beforeAll(() => {
  crypto.timingSafeEqual = (one, other) => {
    compared.push({ candidate: hex(one), lengths: [one.byteLength, other.byteLength] });
    return compare(one, other);
  };
  syncBuiltinESMExports();
});
beforeEach(() => {
  compared = [];
});
afterAll(() => {
  crypto.timingSafeEqual = compare;
  syncBuiltinESMExports();
});

const tokens = ['old', 'new'];
const keys = ['first', 'second', 'third'];
const rules = {
  tokenDigests: tokens.map(digestOf),
  pathKeyDigests: keys.map(digestOf),
  tokens: undefined,
  anonymous: false,
};
const everyDigest = [...tokens, ...keys].map((secret) => digestOf(secret).toString('hex')).sort();

function compareFor(authorization: string | undefined, pathKey: string | undefined) {
  compared = [];
  rejectionOf(rules, { authorization, pathKey });
  expect(compared.map(({ candidate }) => candidate).sort()).toEqual(everyDigest);
  expect(compared.flatMap(({ lengths }) => lengths).filter((length) => length !== 32)).toEqual([]);
}

describe('every configured digest is compared', () => {
  it.each([
    { sent: 'nothing', authorization: undefined, pathKey: undefined },
    { sent: 'the first token', authorization: 'Bearer old', pathKey: undefined },
    { sent: 'the last token', authorization: 'Bearer new', pathKey: undefined },
    { sent: 'the first path key', authorization: undefined, pathKey: 'first' },
    { sent: 'the last path key', authorization: undefined, pathKey: 'third' },
    { sent: 'a token and a path key', authorization: 'Bearer old', pathKey: 'first' },
    { sent: 'another scheme', authorization: 'Basic b2xkOm5ldw==', pathKey: undefined },
    { sent: 'a token of a megabyte', authorization: `Bearer ${'x'.repeat(1e6)}`, pathKey: undefined },
  ])('for a call with $sent', ({ authorization, pathKey }) => {
    compareFor(authorization, pathKey);
  });

  it('for a call with any header and path', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('', ...tokens, ...keys));
    const header = fc.oneof(
      text,
      text.map((token) => `Bearer ${token}`),
    );
    fc.assert(fc.property(fc.option(header, { nil: undefined }), fc.option(text, { nil: undefined }), compareFor), {
      numRuns: 500,
    });
  });
});
