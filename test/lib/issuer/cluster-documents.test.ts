// Knows what of a cluster's documents keeps them from being published.

import { describe, expect, it } from 'vitest';
import { CwiiError } from '../../../lib/common/errors.ts';
import { readClusterKeys } from '../../../lib/issuer/cluster-documents.ts';
import { discoveryDocument, ecJwk, issuer, keySet, rsaJwk } from '../../fakes/issuer-keys.ts';

const rsa = rsaJwk();
const ec = ecJwk();
const discovery = discoveryDocument();
const jwks = keySet(rsa, ec);

function refusal(documents: { discovery?: string; jwks?: string }, wanted = issuer): CwiiError {
  try {
    readClusterKeys(wanted, { discovery, jwks, ...documents });
  } catch (error) {
    if (error instanceof CwiiError) return error;
    throw error;
  }
  throw new Error('the documents were taken');
}

describe("a cluster's documents", () => {
  it('give its keys', () => {
    expect(readClusterKeys(issuer, { discovery, jwks })).toEqual([rsa, ec]);
  });

  it.each([
    ['with a slash at the end', `${issuer}/`, ' They differ by the slash at the end.'],
    ['in another case', issuer.toUpperCase(), ''],
    ['that is the default of Kubernetes', 'https://kubernetes.default.svc.cluster.local', ''],
  ])('with an issuer %s are refused, with both issuers and the flag', (_, found, hint) => {
    const error = refusal({ discovery: discoveryDocument({ issuer: found }) });
    expect(error.code).toBe('issuer-mismatch');
    expect(error.message).toContain(`issuer is "${found}", but CWII_ISSUER_URL is "${issuer}"`);
    expect(error.message).toContain(`byte for byte.${hint} Start`);
    expect(error.message).toContain(`--service-account-issuer=${issuer} as the first`);
  });

  it.each([
    ['HTML', '<html><body>Sign in</body></html>', 'it looks like HTML'],
    ['nothing', '', 'cut off'],
    ['half of a document', discovery.slice(0, 40), 'cut off'],
    ['another document', '{"kind":"Status"}', 'something else answers'],
    ['a list', '[]', 'something else answers'],
    [
      'a document without algorithms',
      discoveryDocument({ id_token_signing_alg_values_supported: [] }),
      'something else',
    ],
  ])('are refused where the discovery document is %s', (_, text, guess) => {
    const error = refusal({ discovery: text });
    expect(error.code).toBe('issuer-document-unreadable');
    expect(error.message).toContain('`kubectl get --raw /.well-known/openid-configuration`');
    expect(error.message).toContain(guess);
  });

  it.each([
    ['HTML', ' <!doctype html>'],
    ['half of a key set', jwks.slice(0, 100)],
    ['a key set without keys', '{"keys":null}'],
  ])('are refused where the key set is %s', (_, text) => {
    const error = refusal({ jwks: text });
    expect(error.code).toBe('issuer-document-unreadable');
    expect(error.message).toContain('/openid/v1/jwks');
  });

  it.each([
    { what: 'of a million that are none', keys: Array<unknown>(1_000_000).fill(0), words: 'there are 1000000 keys' },
    {
      what: 'of 150 that are none',
      keys: Array<unknown>(150).fill(0),
      words: 'number 10 is no JSON object; and 140 more',
    },
  ])('are refused with a key set $what in words that fit a log', ({ keys, words }) => {
    const { code, message } = refusal({ jwks: JSON.stringify({ keys }) });

    expect(code).toBe('issuer-keys-invalid');
    expect(message).toContain(words);
    expect(message.length).toBeLessThan(1000);
  });

  it('are refused with an issuer of any length in words that fit a log', () => {
    const found = `https://${'a'.repeat(1_000_000)}`;

    expect(refusal({ discovery: discoveryDocument({ issuer: found }) }).message.length).toBeLessThan(1000);
  });

  it('are refused where there is no key', () => {
    expect(refusal({ jwks: keySet() })).toMatchObject({
      code: 'issuer-keys-invalid',
      message: expect.stringContaining('there is no key'),
    });
  });

  it('are refused where two keys have one kid', () => {
    expect(refusal({ jwks: keySet(rsa, { ...ec, kid: rsa['kid'] }) })).toMatchObject({
      code: 'issuer-keys-invalid',
      message: expect.stringContaining(`the kid "${rsa['kid']}" stands for several keys`),
    });
  });

  it('are refused with every key at fault, and those without a name by their number', () => {
    const { message } = refusal({ jwks: keySet(rsa, { ...ec, use: 'enc' }, 7, { ...rsa, kid: 'old', n: 'AQAB' }) });
    expect(message).toContain(`the key "${ec['kid']}" has the use "enc"`);
    expect(message).toContain('the key number 3 is no JSON object');
    expect(message).toContain('the key "old" has 17 bits');
    expect(message).not.toContain(`"${rsa['kid']}"`);
  });

  it.each([
    [100, true],
    [101, false],
  ])('with %i keys of a type are taken: %s', (count, taken) => {
    const keys = keySet(...Array.from({ length: count }, (_, index) => ({ ...ec, kid: `${index}` })));
    if (taken) expect(readClusterKeys(issuer, { discovery, jwks: keys })).toHaveLength(100);
    else expect(refusal({ jwks: keys }).message).toContain('there are 101 EC keys, and AWS takes 100');
  });
});
