// Tests what the patterns of the cluster owner allow, and which audiences are audiences of the API server.

import { describe, expect, it } from 'vitest';
import { isApiServerAudience } from '../../../lib/settings/api-audiences.ts';
import { allows, parseImagePattern, parsePattern } from '../../../lib/settings/guard-rails.ts';
import { patterns } from '../../../lib/settings/parsers.ts';

const matches = (pattern: string, value: string) => parsePattern(pattern).matches(value, 'shop');

describe('A pattern', () => {
  it.each([
    ['abc', 'abc', true],
    ['abc', 'xabc', false],
    ['abc', 'abcx', false],
    ['abc', 'ABC', false],
    ['abc', '', false],
  ])('is anchored at both ends: %s matches %j: %s', (pattern, value, expected) => {
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
  ])('matches any characters with a star: %s matches %j: %s', (pattern, value, expected) => {
    expect(matches(pattern, value)).toBe(expected);
  });

  it.each(['.', 'a.c', 'a+', '[ab]', '(a)', 'a|b', '^a$', 'a?', '\\d', '{2}', '$'])(
    'is not a regular expression: %s matches only itself',
    (pattern) => {
      expect(matches(pattern, pattern)).toBe(true);
      expect(['a', 'b', 'ab', 'abc', 'aa', '1', ''].filter((value) => matches(pattern, value))).toEqual([]);
    },
  );

  it('replaces each ${namespace} with the namespace of the pod', () => {
    const pattern = parsePattern('arn:aws:iam::1:role/${namespace}-*/${namespace}');

    expect(pattern.matches('arn:aws:iam::1:role/shop-x/shop', 'shop')).toBe(true);
    expect(pattern.matches('arn:aws:iam::1:role/shop-x/bank', 'shop')).toBe(false);
    expect(pattern.matches('arn:aws:iam::1:role/shop-x/shop', 'bank')).toBe(false);
  });

  it('does not treat a star in the namespace as a wildcard', () => {
    expect(parsePattern('role/${namespace}').matches('role/anything', '*')).toBe(false);
  });

  it('keeps its text as configured', () => {
    expect(parsePattern('a*${namespace}').text).toBe('a*${namespace}');
  });

  it('with many stars is fast for a long value', () => {
    const stars = '*a'.repeat(200);

    expect(matches(`${stars}b`, 'a'.repeat(1_000_000))).toBe(false);
    expect(matches(`${stars}*`, 'a'.repeat(1_000_000))).toBe(true);
  });
});

describe('A pattern for images', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const allowed = (pattern: string, image: string) => parseImagePattern(pattern).matches(image, 'shop');

  it.each([
    ['amazon/aws-cli:*', 'amazon/aws-cli:2.31.0'],
    ['amazon/aws-cli:*', `amazon/aws-cli:2.31.0@${digest}`],
    ['amazon/aws-cli:2.*', 'amazon/aws-cli:2.31.0'],
    ['amazon/aws-cli@*', `amazon/aws-cli@${digest}`],
    [`amazon/aws-cli:2@${digest}`, `amazon/aws-cli:2@${digest}`],
    ['amazon/aws-cli:2@sha256:*', `amazon/aws-cli:2@${digest}`],
    ['amazon/aws-cli', 'amazon/aws-cli'],
    ['*', `registry.example.com:5000/a/b:1@${digest}`],
    ['registry.example.com/*', `registry.example.com/a/b:1@${digest}`],
    ['registry.example.com:5000/*', 'registry.example.com:5000/a:1'],
    ['registry.example.com:5000/aws-cli:*', 'registry.example.com:5000/aws-cli:2'],
    ['registry.example.com/*@sha256:*', `registry.example.com/a:1@${digest}`],
    ['registry.example.com/${namespace}/*', 'registry.example.com/shop/cli:1'],
    ['registry.example.com/*:stable', 'registry.example.com/a:stable'],
    ['*cli*latest', 'amazon/aws-cli:latest'],
  ])('%s allows %s', (pattern, image) => {
    expect(allowed(pattern, image)).toBe(true);
  });

  it.each([
    ['aws-cli:*', 'aws-cli:443/evil/image'],
    ['aws-cli:*', 'aws-cli:443/evil/image:1'],
    ['aws-cli:4*', 'aws-cli:443/evil'],
    ['aws-cli:*', `aws-cli:443/evil@${digest}`],
    ['aws-cli:*@*', `aws-cli:443/evil:1@${digest}`],
    ['amazon/aws-cli:2', `amazon/aws-cli:2@${digest}`],
    ['amazon/aws-cli@*', `amazon/aws-cli:2@${digest}`],
    ['amazon/aws-cli@*', 'amazon/aws-cli:2'],
    ['amazon/aws-cli:*', `amazon/aws-cli@${digest}`],
    ['amazon/aws-cli:*', 'amazon/aws-cli'],
    ['amazon/aws-cli', 'amazon/aws-cli:2'],
    ['amazon/aws-cli:*', 'evil.example.com/amazon/aws-cli:2'],
    ['registry.example.com/${namespace}/*', 'registry.example.com/bank/cli:1'],
    ['*', 'not an image'],
  ])('%s does not allow %s', (pattern, image) => {
    expect(allowed(pattern, image)).toBe(false);
  });
});

describe('A guard rail', () => {
  it('allows everything if it is not set', () => {
    expect(allows(undefined, 'anything', 'shop')).toBe(true);
  });

  it('allows only values that match one of its patterns', () => {
    const rail = patterns('a*, b , ${namespace}');

    expect(['abc', 'b', 'shop', 'bb', ' b', 'bank', ''].filter((value) => allows(rail, value, 'shop'))).toEqual([
      'abc',
      'b',
      'shop',
    ]);
  });

  it.each(['a,,b', 'a,', ',a', ',', 'a, ,b'])('cannot have an empty entry: %j', (text) => {
    expect(() => patterns(text)).toThrow('contains an empty entry');
  });
});

describe('isApiServerAudience', () => {
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
  ])('knows the conventional audience %s', (audience) => {
    expect(isApiServerAudience(audience, [])).toBe(true);
  });

  it.each([
    'https://api.example.com:6443',
    'https://api.example.com:6443/',
    'https://API.example.com:6443',
    'https://issuer.example.com',
    'https://issuer.example.com/',
    'api',
  ])('knows %s from the configuration or the cluster’s own tokens', (audience) => {
    expect(isApiServerAudience(audience, known)).toBe(true);
    expect(isApiServerAudience(audience, [])).toBe(false);
  });

  it('ignores the default port of https', () => {
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
  ])('returns false for %s', (audience) => {
    expect(isApiServerAudience(audience, known)).toBe(false);
  });

  it('is fast for a long value', () => {
    expect(isApiServerAudience(`${'/'.repeat(50_000)}x`, known)).toBe(false);
  });
});
