// Tests of the issuer's URL: which issuers are valid, and where their documents are.

import { describe, expect, it } from 'vitest';
import { parseIssuerUrl, placesOf, stateObjectKey } from '../../../lib/issuer/issuer-url.ts';

describe('an issuer', () => {
  it.each([
    'https://oidc.example.com',
    'https://oidc.example.com/my-cluster',
    'https://d111111abcdef8.cloudfront.net/prod.eu_1/~x',
    'https://oidc.example.com/stateful',
  ])('is accepted unchanged: %s', (text) => {
    expect(parseIssuerUrl(text)).toBe(text);
  });

  it.each([
    ['no scheme', 'oidc.example.com', 'is not a URL'],
    ['plain HTTP', 'http://oidc.example.com', 'is not https'],
    ['a slash at the end', 'https://oidc.example.com/', 'ends with a slash'],
    ['a slash after its path', 'https://oidc.example.com/my-cluster/', 'ends with a slash'],
    ['a port', 'https://oidc.example.com:8443/a', 'has a port'],
    ['the default port', 'https://oidc.example.com:443', 'has a port'],
    ['a query', 'https://oidc.example.com/a?b', 'has a query'],
    ['a query without a path', 'https://oidc.example.com?b', 'has a query'],
    ['an empty fragment', 'https://oidc.example.com/a#', 'has a query or a fragment'],
    ['an upper-case host', 'https://OIDC.example.com', 'has an upper-case host'],
    ['an upper-case scheme', 'HTTPS://oidc.example.com', 'is not https'],
    ['a step up in its path', 'https://oidc.example.com/a/../b', 'a path with characters other than'],
    ['an empty step in its path', 'https://oidc.example.com/a//b', 'a path with characters other than'],
    ['an escape', 'https://oidc.example.com/a%20b', 'a path with characters other than'],
    ['white space', 'https://oidc.example.com/a b', 'a path with characters other than'],
    ['the private folder as its path', 'https://oidc.example.com/state', 'is not served'],
    ['a path below the private folder', 'https://oidc.example.com/state/a', 'is not served'],
  ])('with %s is rejected', (_, text, why) => {
    expect(() => parseIssuerUrl(text)).toThrow(`is "${text}", which `);
    expect(() => parseIssuerUrl(text)).toThrow(why);
    expect(() => parseIssuerUrl(text)).toThrow("exactly as the API server's --service-account-issuer");
  });

  it('with a user is rejected without showing the password', () => {
    expect(() => parseIssuerUrl('https://me:secret@oidc.example.com')).toThrow(/^has a user; /);
    expect(() => parseIssuerUrl('https://me:secret@oidc.example.com')).not.toThrow('secret');
  });
});

describe('the documents of an issuer', () => {
  it('are below its URL, and below its path in the bucket', () => {
    expect(placesOf('https://oidc.example.com/eu/prod')).toEqual({
      discovery: {
        url: 'https://oidc.example.com/eu/prod/.well-known/openid-configuration',
        objectKey: 'eu/prod/.well-known/openid-configuration',
      },
      jwks: { url: 'https://oidc.example.com/eu/prod/openid/v1/jwks', objectKey: 'eu/prod/openid/v1/jwks' },
    });
  });

  it('are at the top of the bucket if it has no path', () => {
    const { discovery, jwks } = placesOf('https://oidc.example.com');
    expect(discovery.objectKey).toBe('.well-known/openid-configuration');
    expect(jwks.objectKey).toBe('openid/v1/jwks');
  });

  it('are in another folder than the state', () => {
    expect(stateObjectKey('prod')).toBe('state/prod.json');
  });
});
