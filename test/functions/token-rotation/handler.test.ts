// Knows what a run of the token rotation function answers, logs and measures.

import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createHandler } from '../../../functions/token-rotation/handler.ts';
import { CwiiError } from '../../../lib/common/errors.ts';
import { MemoryStore, ScriptedTokenApi } from '../../fakes/token-store.ts';
import { watchLog } from '../../fakes/watched-log.ts';
import { createTokenIssuer, type TokenIssuer } from '../../sdk/token-issuer.ts';

const user = 'system:serviceaccount:cwii-system:cwii-reader';

let issuer: TokenIssuer;
beforeAll(async () => {
  issuer = await createTokenIssuer('https://oidc.example.com/test');
});

const tokenOf = (age = 0, expirationSeconds = 3600) =>
  issuer.issue({
    namespace: 'cwii-system',
    serviceAccount: 'cwii-reader',
    audience: 'api',
    expirationSeconds,
    age,
  });

function start(store: MemoryStore, api: ScriptedTokenApi) {
  const measured: object[] = [];
  const before = store.token;
  const log = watchLog('token-rotation', () => [before, store.token, ...api.reviewed]);
  const handler = createHandler({
    store,
    api,
    clusterName: 'test',
    serviceAccount: { namespace: 'cwii-system', name: 'cwii-reader' },
    expirationSeconds: 3600,
    recordMetrics: (measurements) => void measured.push(measurements),
    writeLog: log.write,
  });
  return { handler, measured, log };
}

describe('a run of token rotation', () => {
  it('that succeeds says until when the new token is valid, and that none of its life is over', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-01T12:00:00Z') });
    const [old, next] = [tokenOf(1800), tokenOf()];
    const { handler, measured, log } = start(new MemoryStore(old), new ScriptedTokenApi(next, user));
    const answer = await handler();
    vi.useRealTimers();

    expect(answer).toEqual({ expiresAt: '2026-11-01T13:00:00.000Z' });
    expect(measured).toEqual([{ Rotated: 1, Failures: 0, TokenAgeRatio: 0 }]);
    expect(log.entries()).toMatchObject([{ level: 'info', cluster: 'test', outcome: 'rotated' }]);
  });

  it('that gets a shorter token than it asks for warns, and measures how soon it ends', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-01T12:00:00Z') });
    const { handler, measured, log } = start(new MemoryStore(tokenOf()), new ScriptedTokenApi(tokenOf(0, 900), user));
    await handler();
    vi.useRealTimers();

    expect(measured).toEqual([{ Rotated: 1, Failures: 0, TokenAgeRatio: 0.75 }]);
    expect(log.entries()).toMatchObject([
      { level: 'warn', warning: expect.stringContaining('gives tokens for 900 seconds where 3600 are asked for') },
    ]);
  });

  it('that fails throws, and measures how old the token is that stays', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-01T12:00:00Z') });
    const failure = new CwiiError('token-forbidden', 'it may not');
    const { handler, measured, log } = start(new MemoryStore(tokenOf(1800)), new ScriptedTokenApi(failure, user));

    await expect(handler()).rejects.toBe(failure);
    vi.useRealTimers();
    expect(measured).toEqual([{ Rotated: 0, Failures: 1, TokenAgeRatio: 0.5 }]);
    expect(log.entries()).toMatchObject([
      { level: 'error', outcome: 'failed', code: 'token-forbidden', error: 'CwiiError: it may not' },
    ]);
  });

  it('that finds no token which could renew itself measures a life that is over', async () => {
    const { handler, measured } = start(new MemoryStore(''), new ScriptedTokenApi('', user));

    await expect(handler()).rejects.toMatchObject({ code: 'token-missing' });
    expect(measured).toEqual([{ Rotated: 0, Failures: 1, TokenAgeRatio: 1 }]);
  });

  it('that cannot read the secret says nothing of the token’s age', async () => {
    const store = new MemoryStore('');
    store.read = () => Promise.reject(new Error('away'));
    const { handler, measured, log } = start(store, new ScriptedTokenApi('', user));

    await expect(handler()).rejects.toThrow('away');
    expect(measured).toEqual([{ Rotated: 0, Failures: 1 }]);
    expect(log.lines.join()).toContain('"code":"internal"');
  });
});
