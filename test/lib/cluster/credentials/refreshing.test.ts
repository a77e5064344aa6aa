// Tests of RefreshingCredential: when a token is refreshed, and which token is used meanwhile.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ObtainedToken, RefreshingCredential } from '../../../../lib/cluster/credentials/refreshing.ts';

const start = Date.parse('2026-11-01T12:00:00Z');
const [refreshAfter, expireAfter] = [600_000, 885_000];

/** Records the calls of `obtain`; a test answers each of them. */
class Issuer {
  readonly calls: { resolve(token: string, change?: Partial<ObtainedToken>): void; reject(error: Error): void }[] = [];
  readonly reports: unknown[] = [];
  readonly credential: RefreshingCredential;

  constructor(audiences?: readonly string[]) {
    this.credential = new RefreshingCredential({
      obtain: () => {
        const { promise, resolve, reject } = Promise.withResolvers<ObtainedToken>();
        const now = Date.now();
        const times = { refreshAt: now + refreshAfter, expiresAt: now + expireAfter };
        this.calls.push({ resolve: (token, change) => resolve({ token, ...times, ...change }), reject });
        return promise;
      },
      onRefreshError: (error) => this.reports.push(error),
      ...(audiences && { audiences }),
    });
  }

  async serves(token: string): Promise<void> {
    const pending = this.credential.token();
    this.calls.at(-1)?.resolve(token);
    expect(await pending).toBe(token);
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: start });
});
afterEach(() => {
  vi.useRealTimers();
});

const clockAt = (milliseconds: number) => vi.setSystemTime(start + milliseconds);
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a token that expires', () => {
  it('is obtained once for parallel requests', async () => {
    const { credential, calls } = new Issuer();
    const pending = [credential.token(), credential.token(), credential.token()];
    calls[0]?.resolve('one');

    expect(await Promise.all(pending)).toEqual(['one', 'one', 'one']);
    expect(calls).toHaveLength(1);
  });

  it('is used without another call until it is due for a refresh', async () => {
    const issuer = new Issuer();
    await issuer.serves('one');
    clockAt(refreshAfter - 1);

    expect(await issuer.credential.token()).toBe('one');
    expect(issuer.calls).toHaveLength(1);
  });

  it('is used while the next one is obtained, once', async () => {
    const issuer = new Issuer();
    await issuer.serves('one');
    clockAt(refreshAfter);
    const meanwhile = await Promise.all([issuer.credential.token(), issuer.credential.token()]);
    issuer.calls[1]?.resolve('two');
    await settled();

    expect(meanwhile).toEqual(['one', 'one']);
    expect(await issuer.credential.token()).toBe('two');
    expect(issuer.calls).toHaveLength(2);
  });

  it('is still used if its refresh fails, which is reported and retried after a pause', async () => {
    const issuer = new Issuer();
    await issuer.serves('one');
    const failure = new Error('STS is down');
    clockAt(refreshAfter);
    await issuer.credential.token();
    issuer.calls[1]?.reject(failure);
    await settled();
    const atOnce = await issuer.credential.token();
    clockAt(refreshAfter + 5_000);
    const afterPause = await issuer.credential.token();

    expect([atOnce, afterPause]).toEqual(['one', 'one']);
    expect(issuer.reports).toEqual([failure]);
    expect(issuer.calls).toHaveLength(3);
  });

  it('is not used after it expired: requests wait for the next one', async () => {
    const issuer = new Issuer();
    await issuer.serves('one');
    clockAt(expireAfter);

    await issuer.serves('two');
    expect(issuer.calls).toHaveLength(2);
  });

  it('fails for all waiting requests if obtaining it fails, and the next request tries again', async () => {
    const issuer = new Issuer();
    const pending = [issuer.credential.token(), issuer.credential.token()];
    issuer.calls[0]?.reject(new Error('down'));

    for (const one of pending) await expect(one).rejects.toThrow('down');
    await issuer.serves('one');
    expect(issuer.reports).toEqual([]);
  });

  it('is requested again if the sandbox was frozen while it waited', async () => {
    const { credential, calls } = new Issuer();
    const frozen = credential.token();
    clockAt(60_000);
    const thawed = credential.token();
    calls[1]?.resolve('two');
    expect(await thawed).toBe('two');
    calls[0]?.resolve('one');
    expect(await frozen).toBe('one');

    expect(await credential.token()).toBe('two');
  });

  it('is refreshed in the background after the clock was set back, because its age is unknown', async () => {
    const issuer = new Issuer();
    await issuer.serves('one');
    clockAt(-3_600_000);

    expect(await issuer.credential.token()).toBe('one');
    expect(issuer.calls).toHaveLength(2);
  });
});

describe('a rejected token', () => {
  it('is not used again', async () => {
    const issuer = new Issuer();
    await issuer.serves('one');
    issuer.credential.rejected('one');

    await issuer.serves('two');
  });

  it('does not affect its successor if it is rejected again', async () => {
    const issuer = new Issuer();
    await issuer.serves('one');
    issuer.credential.rejected('one');
    await issuer.serves('two');
    issuer.credential.rejected('one');

    expect(await issuer.credential.token()).toBe('two');
    expect(issuer.calls).toHaveLength(2);
  });

  it('does not come back through a refresh that was in progress', async () => {
    const issuer = new Issuer();
    await issuer.serves('one');
    clockAt(refreshAfter);
    await issuer.credential.token();
    issuer.credential.rejected('one');
    const pending = issuer.credential.token();
    issuer.calls[1]?.resolve('one');
    issuer.calls[2]?.resolve('two');

    expect([await pending, await issuer.credential.token()]).toEqual(['two', 'two']);
  });
});

describe('the audiences', () => {
  const claims = Buffer.from('{"iss":"issuer","aud":["audience"]}').toString('base64url');
  const jwt = `header.${claims}.signature`;

  it('are the configured ones, and those of the token once there is one', async () => {
    const issuer = new Issuer(['cwii:prod']);
    const before = issuer.credential.audiences;
    await issuer.serves(jwt);

    expect([before, issuer.credential.audiences]).toEqual([['cwii:prod'], ['cwii:prod', 'issuer', 'audience']]);
  });

  it('of a rejected token still count until there is another, because a pod may be admitted from the cache meanwhile', async () => {
    const issuer = new Issuer(['cwii:prod']);
    await issuer.serves(jwt);
    issuer.credential.rejected(jwt);

    expect(issuer.credential.audiences).toEqual(['cwii:prod', 'issuer', 'audience']);
  });
});
