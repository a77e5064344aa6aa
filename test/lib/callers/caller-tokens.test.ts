// Tests which tokens of the cluster's issuer authenticate a caller.

import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { CallerTokens } from '../../../lib/callers/caller-tokens.ts';
import { ClusterKeys, LONGEST_AGE_MS, SHORTEST_PAUSE_MS } from '../../../lib/callers/cluster-keys.ts';
import type { CallerTokenRules } from '../../../lib/settings/webhook-config.ts';
import { type Algorithm, callerSubject, NOW, TokenIssuer, webhookUrl } from '../../fakes/token-issuer.ts';

const byUrl: CallerTokenRules = { subjects: [callerSubject], audiences: undefined };

/** A verifier with a clock that a test moves. */
function verifierOf(issuer: TokenIssuer, rules = byUrl) {
  const clock = { now: NOW };
  const now = () => clock.now;
  const tokens = new CallerTokens(rules, new ClusterKeys(issuer.read, now), now);
  const verify = (token: string, url = webhookUrl) => tokens.verify({ token, url: new URL(url) });
  return { clock, tokens, verify };
}

const rejected = (reason: string) => ({ accepted: false, reason: expect.stringContaining(reason) });
const accepted = { accepted: true, apiGroups: undefined };

describe("a token of the caller's ServiceAccount", () => {
  it.each<Algorithm>(['RS256', 'ES256', 'ES384', 'ES512'])('is accepted with a signature of %s', async (algorithm) => {
    const issuer = await TokenIssuer.create(algorithm);
    const { verify } = verifierOf(issuer);

    expect(await verify(await issuer.token())).toEqual(accepted);
  });

  it('is accepted for the path of advice too, with the audience of /mutate', async () => {
    const issuer = await TokenIssuer.create();
    const { verify } = verifierOf(issuer);

    expect(await verify(await issuer.token(), webhookUrl.replace('/mutate', '/unlabelled'))).toEqual(accepted);
  });

  it.each([
    ['another subject', { sub: 'system:serviceaccount:shop:web' }, 'subject is not in CWII_CALLER_SUBJECTS'],
    ['no subject', { sub: undefined }, 'subject is not in CWII_CALLER_SUBJECTS'],
    ['a subject that only begins alike', { sub: `${callerSubject}-2` }, 'subject is not in'],
    ['the audience of the API server', { aud: ['https://kubernetes.default.svc'] }, 'not for the audience'],
    ['the audience of a webhook on another host', { aud: ['https://evil.example/mutate'] }, 'not for the audience'],
    ['an audience that only begins alike', { aud: [`${webhookUrl}.evil.example`] }, 'not for the audience'],
    ['no audience', { aud: undefined }, 'not for the audience'],
    ['no expiry', { exp: undefined }, 'no expiry'],
    ['an expiry that is text', { exp: '4102444800' as unknown as number }, 'no expiry'],
    ['an expiry more than a minute ago', { exp: NOW / 1000 - 61 }, 'has expired'],
    ['a start more than a minute ahead', { nbf: NOW / 1000 + 90 }, 'not valid yet'],
    ['another issuer', { iss: 'https://oidc.example.com' }, 'another issuer'],
  ])('is rejected with %s', async (_, claims, reason) => {
    const issuer = await TokenIssuer.create();
    const { verify } = verifierOf(issuer);

    expect(await verify(await issuer.token(claims))).toEqual(rejected(reason));
  });

  it.each([
    ['an expiry less than a minute ago', { exp: NOW / 1000 - 59 }],
    ['a start less than a minute ahead', { nbf: NOW / 1000 + 59 }],
    ['several audiences, one of which is the webhook', { aud: ['https://vault.example.com', webhookUrl] }],
    ['the audience as text', { aud: webhookUrl }],
  ])('is accepted with %s', async (_, claims) => {
    const issuer = await TokenIssuer.create();
    const { verify } = verifierOf(issuer);

    expect(await verify(await issuer.token(claims))).toEqual(accepted);
  });

  it('repeats nothing that it says in the reason of a rejection', async () => {
    const issuer = await TokenIssuer.create();
    const { verify } = verifierOf(issuer);
    const claims = { iss: 'PLANTED', sub: callerSubject, aud: webhookUrl };

    for (const planted of [claims, { ...claims, sub: 'PLANTED' }, { ...claims, aud: 'PLANTED' }]) {
      const verdict = await verify(await issuer.token(planted));
      expect(verdict.accepted).toBe(false);
      expect(JSON.stringify(verdict)).not.toContain('PLANTED');
    }
  });

  it('is accepted until it expires, and not longer, although verified tokens are kept', async () => {
    const issuer = await TokenIssuer.create();
    const { clock, verify } = verifierOf(issuer);
    const token = await issuer.token({ exp: NOW / 1000 + 100 });

    expect(await verify(token)).toEqual(accepted);
    clock.now = NOW + 159_000;
    expect(await verify(token)).toEqual(accepted);
    clock.now = NOW + 160_000;
    expect(await verify(token)).toEqual(rejected('has expired'));
  });
});

describe('a forged token', () => {
  it('without a signature is rejected', async () => {
    const issuer = await TokenIssuer.create();
    const { verify } = verifierOf(issuer);
    const [, payload] = (await issuer.token()).split('.');
    const header = Buffer.from('{"alg":"none"}').toString('base64url');

    expect(await verify(`${header}.${payload}.`)).toMatchObject({ accepted: false });
  });

  it('with the public key as the secret of HS256 is rejected', async () => {
    const issuer = await TokenIssuer.create('RS256');
    const { verify } = verifierOf(issuer);
    const [first] = (JSON.parse((await issuer.read()).jwks) as { keys: { kid: string; n: string }[] }).keys;
    const secret = new TextEncoder().encode(first?.n);
    const claims = { sub: callerSubject, aud: webhookUrl, iss: issuer.issuer, exp: NOW / 1000 + 60 };
    const header = { alg: 'HS256', ...(first && { kid: first.kid }) };
    const forged = await new SignJWT(claims).setProtectedHeader(header).sign(secret);

    expect(await verify(forged)).toEqual(rejected('not signed with'));
  });

  it('with claims that were changed after signing is rejected', async () => {
    const issuer = await TokenIssuer.create();
    const { verify } = verifierOf(issuer);
    const [header, , signature] = (await issuer.token({ sub: 'system:serviceaccount:shop:web' })).split('.');
    const [, claims] = (await issuer.token()).split('.');

    expect(await verify(`${header}.${claims}.${signature}`)).toEqual(rejected('signature'));
  });

  it('of another issuer with the same key ID is rejected', async () => {
    const issuer = await TokenIssuer.create();
    const { verify } = verifierOf(issuer);
    const [{ kid } = { kid: '' }] = (JSON.parse((await issuer.read()).jwks) as { keys: { kid: string }[] }).keys;
    const stranger = await TokenIssuer.create();

    expect(await verify(await stranger.token({}, { kid }))).toEqual(rejected('signature'));
  });

  it.each(['', 'opaque', 'a.b', 'a.b.c', 'a.b.c.d', `e30.${'W10'}.c`, '..'])('%j is rejected', async (token) => {
    const issuer = await TokenIssuer.create();
    const { verify } = verifierOf(issuer);

    expect(await verify(token)).toMatchObject({ accepted: false });
    expect(issuer.reads).toBe(0);
  });
});

describe('a token that the API server gets for a webhook (KEP-6060)', () => {
  const attested = (groups: unknown) => ({
    sub: 'system:serviceaccount:kube-system:webhook-auth',
    'kubernetes.io': {
      namespace: 'kube-system',
      attestations: { admissionReviewAPIGroups: groups },
      mutatingwebhookconfiguration: { name: 'cwii', uid: '6e4c7e0e-3a0f-4c32-9a9b-8a7d3c1f0b1e' },
    },
  });
  const rules: CallerTokenRules = { ...byUrl, subjects: ['system:serviceaccount:kube-system:webhook-auth'] };

  it.each([
    ['*', ['*'], undefined],
    ['one API group', ['apps'], ['apps']],
  ])('is accepted for the group %s', async (_, groups, apiGroups) => {
    const issuer = await TokenIssuer.create();
    const { verify } = verifierOf(issuer, rules);

    expect(await verify(await issuer.token(attested(groups)))).toEqual({ accepted: true, apiGroups });
  });

  it('has its own URL as audience, also on the path of advice', async () => {
    const issuer = await TokenIssuer.create();
    const { verify } = verifierOf(issuer, rules);
    const advice = webhookUrl.replace('/mutate', '/unlabelled');

    expect(await verify(await issuer.token({ ...attested(['*']), aud: [advice] }), advice)).toEqual(accepted);
    expect(await verify(await issuer.token({ ...attested(['*']), aud: [advice] }))).toEqual(rejected('audience'));
  });

  it.each([[[]], [['apps', 7]], ['*'], [null]])('is rejected with the attestation %j', async (groups) => {
    const issuer = await TokenIssuer.create();
    const { verify } = verifierOf(issuer, rules);

    expect(await verify(await issuer.token(attested(groups)))).toEqual(rejected('attestation'));
  });

  it('for another webhook is rejected, although the API server signs any audience with the group *', async () => {
    const issuer = await TokenIssuer.create();
    const { verify } = verifierOf(issuer, rules);
    const token = await issuer.token({ ...attested(['*']), aud: ['https://other.example.com/mutate'] });

    expect(await verify(token)).toEqual(rejected('audience'));
  });
});

describe('configured audiences', () => {
  const rules: CallerTokenRules = { subjects: [callerSubject], audiences: ['https://cwii.example.com/mutate'] };

  it('replace the URL of the request, which a server cannot trust', async () => {
    const issuer = await TokenIssuer.create();
    const { verify } = verifierOf(issuer, rules);

    expect(await verify(await issuer.token())).toEqual(
      rejected('not for the audience https://cwii.example.com/mutate'),
    );
    expect(await verify(await issuer.token({ aud: ['https://cwii.example.com/mutate'] }))).toEqual(accepted);
  });

  it('are necessary if the URL is not known', async () => {
    const issuer = await TokenIssuer.create();
    const { tokens } = verifierOf(issuer);

    expect(await tokens.verify({ token: await issuer.token(), url: undefined })).toEqual(rejected('audience'));
  });
});

describe('the keys of the issuer', () => {
  it('are read once for many tokens', async () => {
    const issuer = await TokenIssuer.create();
    const { verify } = verifierOf(issuer);

    for (let count = 0; count < 5; count++)
      expect(await verify(await issuer.token({ jti: `${count}` }))).toEqual(accepted);
    expect(issuer.reads).toBe(1);
  });

  it('are read again for a new key, ten seconds after the last read at the earliest', async () => {
    const issuer = await TokenIssuer.create();
    const { clock, verify } = verifierOf(issuer);
    await verify(await issuer.token());
    await issuer.rotate();
    const token = await issuer.token();

    clock.now = NOW + SHORTEST_PAUSE_MS - 1;
    expect(await verify(token)).toEqual(rejected('no key with'));
    expect(issuer.reads).toBe(1);
    clock.now = NOW + SHORTEST_PAUSE_MS;
    expect(await verify(token)).toEqual(accepted);
    expect(issuer.reads).toBe(2);
  });

  it('are read again when the API servers have a new issuer', async () => {
    const issuer = await TokenIssuer.create();
    const { clock, verify } = verifierOf(issuer);
    await verify(await issuer.token());
    issuer.issuer = 'https://oidc.example.com/prod';
    clock.now = NOW + SHORTEST_PAUSE_MS;

    expect(await verify(await issuer.token())).toEqual(accepted);
  });

  it('are not read for tokens with other claims, also if a stranger signed them', async () => {
    const issuer = await TokenIssuer.create();
    const stranger = await TokenIssuer.create();
    const { verify } = verifierOf(issuer);

    for (const claims of [{ sub: 'x' }, { aud: 'x' }, { exp: 1 }]) await verify(await stranger.token(claims));
    expect(issuer.reads).toBe(0);
  });

  it('are read at a bounded rate for tokens with invented keys', async () => {
    const issuer = await TokenIssuer.create();
    const { clock, verify } = verifierOf(issuer);
    for (let count = 0; count < 100; count++) {
      clock.now = NOW + count * 1000;
      await verify(await issuer.token({}, { kid: `invented-${count}` }));
    }

    expect(issuer.reads).toBe(10);
  });

  it('that were removed from the API server are not accepted for longer than their age', async () => {
    const issuer = await TokenIssuer.create();
    const { clock, verify } = verifierOf(issuer);
    const token = await issuer.token();
    await verify(token);
    await issuer.rotate('ES256', { keep: false });

    clock.now = NOW + LONGEST_AGE_MS;
    expect(await verify(token)).toEqual(rejected('no key with'));
  });

  it('still count if the API server cannot be read', async () => {
    const issuer = await TokenIssuer.create();
    const { clock, verify } = verifierOf(issuer);
    const token = await issuer.token();
    await verify(token);
    issuer.failure = new Error('down');
    clock.now = NOW + LONGEST_AGE_MS;

    expect(await verify(token)).toEqual(accepted);
  });

  it('that were never read make the verification fail, with one read in ten seconds', async () => {
    const issuer = await TokenIssuer.create();
    const { clock, verify } = verifierOf(issuer);
    issuer.failure = new Error('down');
    const token = await issuer.token();

    await expect(verify(token)).rejects.toThrow('down');
    await expect(verify(token)).rejects.toThrow('down');
    expect(issuer.reads).toBe(1);
    issuer.failure = undefined;
    clock.now = NOW + SHORTEST_PAUSE_MS;
    expect(await verify(token)).toEqual(accepted);
  });

  it.each([
    ['no issuer', { discovery: '{}', jwks: '{"keys":[]}' }, 'no issuer'],
    ['no discovery document', { discovery: '<html>', jwks: '{"keys":[]}' }, 'no discovery document'],
    ['no key set', { discovery: '{"issuer":"https://oidc.example.com"}', jwks: '[]' }, 'no JSON Web Key Set'],
  ])('are unusable with %s', async (_, documents, message) => {
    await expect(new ClusterKeys(() => Promise.resolve(documents)).current()).rejects.toThrow(message);
  });
});
