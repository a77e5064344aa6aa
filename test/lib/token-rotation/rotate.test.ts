// Tests of rotate: its order, and that a token that works is never replaced with one that does not.

import { beforeAll, describe, expect, it } from 'vitest';
import { CwiiError } from '../../../lib/common/errors.ts';
import { ageRatio, rotate } from '../../../lib/token-rotation/rotate.ts';
import { MemoryStore, ScriptedTokenApi } from '../../fakes/token-store.ts';
import { createTokenIssuer, type TokenIssuer } from '../../sdk/token-issuer.ts';

const user = 'system:serviceaccount:cwii-system:cwii-reader';
const serviceAccount = { namespace: 'cwii-system', name: 'cwii-reader' };

let issuer: TokenIssuer;
beforeAll(async () => {
  issuer = await createTokenIssuer('https://oidc.example.com/test');
});

const tokenOf = (name = 'cwii-reader', age = 0) =>
  issuer.issue({ namespace: 'cwii-system', serviceAccount: name, audience: 'api', expirationSeconds: 3600, age });

async function run(store: MemoryStore, api: ScriptedTokenApi) {
  const seen: unknown[] = [];
  const onToken = (claims: object) => seen.push(claims);
  const error = await rotate({ store, api, serviceAccount, expirationSeconds: 3600, onToken }).then(
    () => undefined,
    (thrown: CwiiError) => thrown,
  );
  return { error, seen };
}

describe('a rotation', () => {
  it('requests the successor with the token, tests it, and replaces the old one', async () => {
    const [old, next] = [tokenOf('cwii-reader', 1800), tokenOf()];
    const [store, api] = [new MemoryStore(`${old}\n`), new ScriptedTokenApi(next, user)];
    const { error, seen } = await run(store, api);

    expect(error).toBeUndefined();
    expect(api.asked).toEqual([{ token: old, seconds: 3600 }]);
    expect(api.reviewed).toEqual([next]);
    expect(store.token).toBe(next);
    expect(seen).toHaveLength(2);
  });

  it.each([
    ['', 'token-missing', 'the secret has no ServiceAccount token yet; put one by hand'],
    ['p4ssw0rd', 'token-missing', 'the secret has no ServiceAccount token yet; put one by hand'],
    [
      () => tokenOf('default'),
      'token-of-another',
      /belongs to system:serviceaccount:cwii-system:default, but .*cwii-reader/,
    ],
    [
      () => tokenOf('cwii-reader', 7200),
      'token-expired',
      /expired at .+Z, so it cannot request its successor; put one by hand/,
    ],
  ] as const)('does not start with the token %s', async (token, code, message) => {
    const [store, api] = [new MemoryStore(typeof token === 'string' ? token : token()), new ScriptedTokenApi('', user)];
    const { error } = await run(store, api);

    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(api.asked).toEqual([]);
  });

  it.each([
    ['is not issued', () => new ScriptedTokenApi(new CwiiError('token-forbidden', '403'), user), 'token-forbidden'],
    ['is not a JWT', () => new ScriptedTokenApi('opaque', user), 'token-unusable'],
    ['belongs to another ServiceAccount', () => new ScriptedTokenApi(tokenOf('default'), user), 'token-unusable'],
    ['is rejected', () => new ScriptedTokenApi(tokenOf(), new CwiiError('token-rejected', '401')), 'token-rejected'],
    ['authenticates as another user', () => new ScriptedTokenApi(tokenOf(), 'system:anonymous'), 'token-unusable'],
  ])('keeps the old token if the new one %s', async (_, api, code) => {
    const old = tokenOf();
    const store = new MemoryStore(old);

    expect(await run(store, api())).toMatchObject({ error: { code }, seen: [{}] });
    expect(store.token).toBe(old);
  });

  it('keeps the old token if the secret cannot be written', async () => {
    const old = tokenOf();
    const store = new MemoryStore(old);
    store.unwritable = true;

    expect(await run(store, new ScriptedTokenApi(tokenOf(), user))).toMatchObject({ seen: [{}] });
    expect(store.token).toBe(old);
  });
});

describe('the age of a token', () => {
  it.each([
    [{ exp: 2000 }, 1000, 0],
    [{ exp: 2000 }, 1500, 0.5],
    [{ exp: 2000 }, 500, 0],
    [{ exp: 2000 }, 9000, 1],
    [{}, 9000, 0],
  ])('of %j at %i seconds is %d of the requested thousand seconds', (claims, seconds, ratio) => {
    expect(ageRatio(claims, 1000, seconds * 1000)).toBe(ratio);
  });

  it('is nine tenths at the start if its lifetime is a tenth of the requested one', () => {
    expect(ageRatio({ iat: 0, exp: 100 }, 1000, 0)).toBe(0.9);
  });
});
