// Tests of the token rotation handler: its answer, log line and metrics.

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
  it('answers with the expiry of the new token, and measures its age as 0', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-01T12:00:00Z') });
    const [old, next] = [tokenOf(1800), tokenOf()];
    const { handler, measured, log } = start(new MemoryStore(old), new ScriptedTokenApi(next, user));
    const answer = await handler();
    vi.useRealTimers();

    expect(answer).toEqual({ expiresAt: '2026-11-01T13:00:00.000Z' });
    expect(measured).toEqual([{ Rotated: 1, Failures: 0, TokenAgeRatio: 0 }]);
    expect(log.entries()).toMatchObject([{ level: 'info', cluster: 'test', outcome: 'rotated' }]);
  });

  it('warns about a token with a shorter lifetime than requested, and measures its age', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-01T12:00:00Z') });
    const { handler, measured, log } = start(new MemoryStore(tokenOf()), new ScriptedTokenApi(tokenOf(0, 900), user));
    await handler();
    vi.useRealTimers();

    expect(measured).toEqual([{ Rotated: 1, Failures: 0, TokenAgeRatio: 0.75 }]);
    expect(log.entries()).toMatchObject([
      {
        level: 'warn',
        warning: expect.stringContaining('issued a token for 900 seconds instead of the requested 3600'),
      },
    ]);
  });

  it('throws if it fails, and measures the age of the old token', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-01T12:00:00Z') });
    const failure = new CwiiError('token-forbidden', 'not allowed');
    const { handler, measured, log } = start(new MemoryStore(tokenOf(1800)), new ScriptedTokenApi(failure, user));

    await expect(handler()).rejects.toBe(failure);
    vi.useRealTimers();
    expect(measured).toEqual([{ Rotated: 0, Failures: 1, TokenAgeRatio: 0.5 }]);
    expect(log.entries()).toMatchObject([
      { level: 'error', outcome: 'failed', code: 'token-forbidden', error: 'CwiiError: not allowed' },
    ]);
  });

  it('measures the age as 1 if no token can request its successor', async () => {
    const { handler, measured } = start(new MemoryStore(''), new ScriptedTokenApi('', user));

    await expect(handler()).rejects.toMatchObject({ code: 'token-missing' });
    expect(measured).toEqual([{ Rotated: 0, Failures: 1, TokenAgeRatio: 1 }]);
  });

  it('does not measure the age if the secret cannot be read', async () => {
    const store = new MemoryStore('');
    store.read = () => Promise.reject(new Error('down'));
    const { handler, measured, log } = start(store, new ScriptedTokenApi('', user));

    await expect(handler()).rejects.toThrow('down');
    expect(measured).toEqual([{ Rotated: 0, Failures: 1 }]);
    expect(log.lines.join()).toContain('"code":"internal"');
  });
});
