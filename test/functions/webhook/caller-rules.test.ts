// Knows who may call: which tokens and path keys are accepted, and in which form.

import { describe, expect, it } from 'vitest';
import { type CallerRules, isAuthentic } from '../../../functions/webhook/caller-rules.ts';
import { digestOf } from '../../fakes/secrets.ts';

const nobody: CallerRules = { tokenDigests: [], pathKeyDigests: [], anonymous: false };
const byToken: CallerRules = { ...nobody, tokenDigests: [digestOf('right')] };
const byPathKey: CallerRules = { ...nobody, pathKeyDigests: [digestOf('key')] };

const bearer = (token: string) => ({ authorization: `Bearer ${token}`, pathKey: undefined });
const inPath = (pathKey: string) => ({ authorization: undefined, pathKey });
const nothing = { authorization: undefined, pathKey: undefined };

describe('a bearer token', () => {
  it('is accepted where it has the configured digest', () => {
    expect(isAuthentic(byToken, bearer('right'))).toBe(true);
  });

  it('is refused where it has another one', () => {
    expect(isAuthentic(byToken, bearer('wrong'))).toBe(false);
  });

  it.each(['old', 'new'])('is accepted by each of two digests while rotating: %s', (token) => {
    const rotating = { ...nobody, tokenDigests: [digestOf('old'), digestOf('new')] };

    expect(isAuthentic(rotating, bearer(token))).toBe(true);
  });

  it('is accepted where its digest is configured twice', () => {
    expect(isAuthentic({ ...nobody, tokenDigests: [digestOf('right'), digestOf('right')] }, bearer('right'))).toBe(
      true,
    );
  });

  it('is not its own digest', () => {
    expect(isAuthentic(byToken, bearer(digestOf('right').toString('hex')))).toBe(false);
  });

  it.each(['Bearer right', 'bearer right', 'BEARER right', 'Bearer   right', 'Bearer right  '])(
    'is read from the header %j',
    (authorization) => {
      expect(isAuthentic(byToken, { ...nothing, authorization })).toBe(true);
    },
  );

  it.each([
    '',
    'right',
    'Bearer',
    'Bearer ',
    'Bearerright',
    'Basic right',
    'Bearer right wrong',
    'Bearer right,Bearer right',
    'Bearer\tright',
    'Bearer "right"',
    'Bearer right\n',
    'NotBearer right',
  ])('is not read from the header %j', (authorization) => {
    expect(isAuthentic(byToken, { ...nothing, authorization })).toBe(false);
  });
});

describe('a path key', () => {
  it('is accepted where it has the configured digest', () => {
    expect(isAuthentic(byPathKey, inPath('key'))).toBe(true);
  });

  it.each(['wrong', '', 'KEY'])('is refused where it has another one: %j', (key) => {
    expect(isAuthentic(byPathKey, inPath(key))).toBe(false);
  });

  it('is no token, nor a token a path key', () => {
    expect(isAuthentic(byPathKey, bearer('key'))).toBe(false);
    expect(isAuthentic(byToken, inPath('right'))).toBe(false);
  });

  it('suffices next to a wrong token where both are configured, and the other way round', () => {
    const both = { ...byToken, pathKeyDigests: byPathKey.pathKeyDigests };

    expect(isAuthentic(both, { authorization: 'Bearer wrong', pathKey: 'key' })).toBe(true);
    expect(isAuthentic(both, { authorization: 'Bearer right', pathKey: 'wrong' })).toBe(true);
    expect(isAuthentic(both, { authorization: 'Bearer wrong', pathKey: 'wrong' })).toBe(false);
  });
});

describe('a call without credentials', () => {
  it.each([byToken, byPathKey, nobody])('is refused', (rules) => {
    expect(isAuthentic(rules, nothing)).toBe(false);
  });

  it('is refused even where the digest of nothing is configured', () => {
    const empty = { ...nobody, tokenDigests: [digestOf('')], pathKeyDigests: [digestOf('')] };

    expect(isAuthentic(empty, nothing)).toBe(false);
  });

  it('is accepted where everybody is', () => {
    expect(isAuthentic({ ...nobody, anonymous: true }, nothing)).toBe(true);
  });
});
