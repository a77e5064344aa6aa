// Knows what the patterns of the cluster's owner allow, and which audiences are the API server's own.

import { describe, expect, it } from 'vitest';
import { allows, isApiServerAudience, parsePattern } from '../../../lib/settings/guard-rails.ts';
import { patterns } from '../../../lib/settings/parsers.ts';

const matches = (pattern: string, value: string) => parsePattern(pattern).matches(value, 'shop');

describe('a pattern', () => {
  it.each([
    ['abc', 'abc', true],
    ['abc', 'xabc', false],
    ['abc', 'abcx', false],
    ['abc', 'ABC', false],
    ['abc', '', false],
  ])('%s is anchored at both ends: %j is matched: %s', (pattern, value, expected) => {
    expect(matches(pattern, value)).toBe(expected);
  });

  it.each([
    ['*', '', true],
    ['*', 'any/thing at:all\n', true],
    ['a*', 'a', true],
    ['a*', 'ba', false],
    ['*a', 'ba', true],
    ['*a', 'ab', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['ab*ba', 'aba', false],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'acb', false],
    ['a*bc*c', 'abc', false],
    ['a*bc*c', 'abcc', true],
    ['a**c', 'ac', true],
    ['*a*b*', 'xxbxxa', false],
    ['*a*b*', 'xxaxxb', true],
  ])('%s takes stars for any characters: %j is matched: %s', (pattern, value, expected) => {
    expect(matches(pattern, value)).toBe(expected);
  });

  it.each(['.', 'a.c', 'a+', '[ab]', '(a)', 'a|b', '^a$', 'a?', '\\d', '{2}', '$'])(
    '%s is taken as it is written, not as a regular expression',
    (pattern) => {
      expect(matches(pattern, pattern)).toBe(true);
      expect(['a', 'b', 'ab', 'abc', 'aa', '1', ''].filter((value) => matches(pattern, value))).toEqual([]);
    },
  );

  it('has the namespace of the pod wherever it is written', () => {
    const pattern = parsePattern('arn:aws:iam::1:role/${namespace}-*/${namespace}');

    expect(pattern.matches('arn:aws:iam::1:role/shop-x/shop', 'shop')).toBe(true);
    expect(pattern.matches('arn:aws:iam::1:role/shop-x/bank', 'shop')).toBe(false);
    expect(pattern.matches('arn:aws:iam::1:role/shop-x/shop', 'bank')).toBe(false);
  });

  it('takes a star in a namespace for itself', () => {
    expect(parsePattern('role/${namespace}').matches('role/anything', '*')).toBe(false);
  });

  it('has its text as it was written', () => {
    expect(parsePattern('a*${namespace}').text).toBe('a*${namespace}');
  });

  it('with many stars answers for a long value without trying them all', () => {
    const stars = '*a'.repeat(200);

    expect(matches(`${stars}b`, 'a'.repeat(1_000_000))).toBe(false);
    expect(matches(`${stars}*`, 'a'.repeat(1_000_000))).toBe(true);
  });
});

describe('a guard rail', () => {
  it('that is not set allows everything', () => {
    expect(allows(undefined, 'anything', 'shop')).toBe(true);
  });

  it('allows what one of its patterns matches, and nothing else', () => {
    const rail = patterns('a*, b , ${namespace}');

    expect(['abc', 'b', 'shop', 'bb', ' b', 'bank', ''].filter((value) => allows(rail, value, 'shop'))).toEqual([
      'abc',
      'b',
      'shop',
    ]);
  });

  it.each(['a,,b', 'a,', ',a', ',', 'a, ,b'])('with an empty entry is refused: %j', (text) => {
    expect(() => patterns(text)).toThrow('has an empty entry');
  });
});

describe("the API server's own audience", () => {
  const known = ['https://api.example.com:6443/', 'https://issuer.example.com', 'api'];

  it.each([
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
    'https://kubernetes',
    'https://kubernetes.default',
    'https://kubernetes.default.svc',
    'https://kubernetes.default.svc/',
    'https://kubernetes.default.svc.cluster.local',
    'https://kubernetes.default.svc.cluster.local//',
    'https://kubernetes.default.svc.corp.example.com',
    'HTTPS://Kubernetes.Default.SVC',
    'https://kubernetes.default.svc:443',
    'k3s',
    'rke2',
    'unknown',
    'kubernetes.svc.default',
    'system:konnectivity-server',
  ])('is known by convention: %s', (audience) => {
    expect(isApiServerAudience(audience, [])).toBe(true);
  });

  it.each([
    'https://api.example.com:6443',
    'https://api.example.com:6443/',
    'https://API.example.com:6443',
    'https://issuer.example.com',
    'https://issuer.example.com/',
    'api',
  ])('is known from the configuration and from its tokens: %s', (audience) => {
    expect(isApiServerAudience(audience, known)).toBe(true);
    expect(isApiServerAudience(audience, [])).toBe(false);
  });

  it('is known with the port that https has anyway', () => {
    expect(isApiServerAudience('https://api.example.com:443', ['https://api.example.com/'])).toBe(true);
  });

  it.each([
    'sts.amazonaws.com',
    'api://AzureADTokenExchange',
    '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/kubernetes/providers/kubernetes',
    'https://kubernetes.example.com',
    'kubernetes-prod',
    'https://kubernetes.default.svc.cluster.local/elsewhere',
    'https://api.example.com:6443/elsewhere',
    'https://api.example.com',
    'not a URL: [',
  ])('is not %s', (audience) => {
    expect(isApiServerAudience(audience, known)).toBe(false);
  });

  it('is told from a value of any length at once', () => {
    expect(isApiServerAudience(`${'/'.repeat(50_000)}x`, known)).toBe(false);
  });
});
