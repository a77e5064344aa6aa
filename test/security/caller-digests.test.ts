// Every digest that is configured is compared, in fixed length, whatever a call shows: counted at Node.js' own function.

import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isAuthentic } from '../../functions/webhook/caller.ts';
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
const rules = { tokenDigests: tokens.map(digestOf), pathKeyDigests: keys.map(digestOf), anonymous: false };
const everyDigest = [...tokens, ...keys].map((secret) => digestOf(secret).toString('hex')).sort();

function compareFor(authorization: string | undefined, pathKey: string | undefined) {
  compared = [];
  isAuthentic(rules, { authorization, pathKey });
  expect(compared.map(({ candidate }) => candidate).sort()).toEqual(everyDigest);
  expect(compared.flatMap(({ lengths }) => lengths).filter((length) => length !== 32)).toEqual([]);
}

describe('every configured digest is compared', () => {
  it.each([
    { shown: 'nothing', authorization: undefined, pathKey: undefined },
    { shown: 'the first token', authorization: 'Bearer old', pathKey: undefined },
    { shown: 'the last token', authorization: 'Bearer new', pathKey: undefined },
    { shown: 'the first path key', authorization: undefined, pathKey: 'first' },
    { shown: 'the last path key', authorization: undefined, pathKey: 'third' },
    { shown: 'a token and a path key', authorization: 'Bearer old', pathKey: 'first' },
    { shown: 'another scheme', authorization: 'Basic b2xkOm5ldw==', pathKey: undefined },
    { shown: 'a token of a megabyte', authorization: `Bearer ${'x'.repeat(1e6)}`, pathKey: undefined },
  ])('where a call shows $shown', ({ authorization, pathKey }) => {
    compareFor(authorization, pathKey);
  });

  it('whatever a call shows', () => {
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
