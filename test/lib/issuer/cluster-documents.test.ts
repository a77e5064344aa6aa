// Tests of the validation of the cluster's documents, and of the error for each invalid one.

import { describe, expect, it } from 'vitest';
import { CwiiError } from '../../../lib/common/errors.ts';
import { readClusterKeys } from '../../../lib/issuer/cluster-documents.ts';
import { discoveryDocument, ecJwk, issuer, keySet, rsaJwk } from '../../fakes/issuer-keys.ts';

const rsa = rsaJwk();
const ec = ecJwk();
const discovery = discoveryDocument();
const jwks = keySet(rsa, ec);

function rejection(documents: { discovery?: string; jwks?: string }, wanted = issuer): CwiiError {
  try {
    readClusterKeys(wanted, { discovery, jwks, ...documents });
  } catch (error) {
    if (error instanceof CwiiError) return error;
    throw error;
  }
  throw new Error('the documents were accepted');
}

describe("a cluster's documents", () => {
  it('contain its keys', () => {
    expect(readClusterKeys(issuer, { discovery, jwks })).toEqual([rsa, ec]);
  });

  it.each([
    ['with a slash at the end', `${issuer}/`, ' They differ only in the slash at the end.'],
    ['in another case', issuer.toUpperCase(), ''],
    ['that is the default of Kubernetes', 'https://kubernetes.default.svc.cluster.local', ''],
  ])('with an issuer %s are rejected, with both issuers and the flag', (_, found, hint) => {
    const error = rejection({ discovery: discoveryDocument({ issuer: found }) });
    expect(error.code).toBe('issuer-mismatch');
    expect(error.message).toContain(`issuer is "${found}", but CWII_ISSUER_URL is "${issuer}"`);
    expect(error.message).toContain(`byte by byte.${hint} Start`);
    expect(error.message).toContain(`--service-account-issuer=${issuer} as the first`);
  });

  it.each([
    ['HTML', '<html><body>Sign in</body></html>', 'it looks like HTML'],
    ['empty', '', 'incomplete'],
    ['incomplete', discovery.slice(0, 40), 'incomplete'],
    ['another document', '{"kind":"Status"}', 'another server may have answered'],
    ['a list', '[]', 'another server may have answered'],
    [
      'a document without algorithms',
      discoveryDocument({ id_token_signing_alg_values_supported: [] }),
      'another server',
    ],
  ])('are rejected if the discovery document is %s', (_, text, guess) => {
    const error = rejection({ discovery: text });
    expect(error.code).toBe('issuer-document-unreadable');
    expect(error.message).toContain('`kubectl get --raw /.well-known/openid-configuration`');
    expect(error.message).toContain(guess);
  });

  it.each([
    ['HTML', ' <!doctype html>'],
    ['incomplete', jwks.slice(0, 100)],
    ['a key set without keys', '{"keys":null}'],
  ])('are rejected if the key set is %s', (_, text) => {
    const error = rejection({ jwks: text });
    expect(error.code).toBe('issuer-document-unreadable');
    expect(error.message).toContain('/openid/v1/jwks');
  });

  it.each([
    { what: 'of a million invalid keys', keys: Array<unknown>(1_000_000).fill(0), text: 'there are 1000000 keys' },
    {
      what: 'of 150 invalid keys',
      keys: Array<unknown>(150).fill(0),
      text: 'number 10 is not a JSON object; and 140 more',
    },
  ])('with a key set $what are rejected with a short message', ({ keys, text }) => {
    const { code, message } = rejection({ jwks: JSON.stringify({ keys }) });

    expect(code).toBe('issuer-keys-invalid');
    expect(message).toContain(text);
    expect(message.length).toBeLessThan(1000);
  });

  it('with a very long issuer are rejected with a short message', () => {
    const found = `https://${'a'.repeat(1_000_000)}`;

    expect(rejection({ discovery: discoveryDocument({ issuer: found }) }).message.length).toBeLessThan(1000);
  });

  it('are rejected without a key', () => {
    expect(rejection({ jwks: keySet() })).toMatchObject({
      code: 'issuer-keys-invalid',
      message: expect.stringContaining('it has no key'),
    });
  });

  it('are rejected if two keys have the same ID', () => {
    expect(rejection({ jwks: keySet(rsa, { ...ec, kid: rsa['kid'] }) })).toMatchObject({
      code: 'issuer-keys-invalid',
      message: expect.stringContaining(`several keys have the ID "${rsa['kid']}"`),
    });
  });

  it('are rejected with the name or number of every invalid key', () => {
    const { message } = rejection({ jwks: keySet(rsa, { ...ec, use: 'enc' }, 7, { ...rsa, kid: 'old', n: 'AQAB' }) });
    expect(message).toContain(`the key "${ec['kid']}" has the use "enc"`);
    expect(message).toContain('the key number 3 is not a JSON object');
    expect(message).toContain('the key "old" has 17 bits');
    expect(message).not.toContain(`"${rsa['kid']}"`);
  });

  it.each([
    [100, true],
    [101, false],
  ])('with %i keys of a type are accepted: %s', (count, accepted) => {
    const keys = keySet(...Array.from({ length: count }, (_, index) => ({ ...ec, kid: `${index}` })));
    if (accepted) expect(readClusterKeys(issuer, { discovery, jwks: keys })).toHaveLength(100);
    else expect(rejection({ jwks: keys }).message).toContain('there are 101 EC keys, but AWS accepts at most 100');
  });
});
