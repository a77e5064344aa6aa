// Knows when a token is got anew, who waits for it, and which one serves meanwhile.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ObtainedToken, RenewingCredential } from '../../../../lib/cluster/credentials/renewing.ts';

const start = Date.parse('2026-11-01T12:00:00Z');
const [renewAfter, expireAfter] = [600_000, 885_000];

/** Calls of `obtain`, each of which a test answers. */
class Issuer {
  readonly calls: { resolve(token: string, change?: Partial<ObtainedToken>): void; reject(error: Error): void }[] = [];
  readonly reports: unknown[] = [];
  readonly credential: RenewingCredential;

  constructor(audiences?: readonly string[]) {
    this.credential = new RenewingCredential({
      obtain: () => {
        const { promise, resolve, reject } = Promise.withResolvers<ObtainedToken>();
        const now = Date.now();
        const times = { renewAt: now + renewAfter, expiresAt: now + expireAfter };
        this.calls.push({ resolve: (token, change) => resolve({ token, ...times, ...change }), reject });
        return promise;
      },
      report: (error) => this.reports.push(error),
      ...(audiences && { audiences }),
    });
  }

  async serves(token: string): Promise<void> {
    const asked = this.credential.token();
    this.calls.at(-1)?.resolve(token);
    expect(await asked).toBe(token);
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
  it('is got once for all who ask at the same time', async () => {
    const { credential, calls } = new Issuer();
    const asked = [credential.token(), credential.token(), credential.token()];
    calls[0]?.resolve('one');

    expect(await Promise.all(asked)).toEqual(['one', 'one', 'one']);
    expect(calls).toHaveLength(1);
  });

  it('serves without another call until it is to be renewed', async () => {
    const issuer = new Issuer();
    await issuer.serves('one');
    clockAt(renewAfter - 1);

    expect(await issuer.credential.token()).toBe('one');
    expect(issuer.calls).toHaveLength(1);
  });

  it('serves while the next one is got, which is asked for once', async () => {
    const issuer = new Issuer();
    await issuer.serves('one');
    clockAt(renewAfter);
    const meanwhile = await Promise.all([issuer.credential.token(), issuer.credential.token()]);
    issuer.calls[1]?.resolve('two');
    await settled();

    expect(meanwhile).toEqual(['one', 'one']);
    expect(await issuer.credential.token()).toBe('two');
    expect(issuer.calls).toHaveLength(2);
  });

  it('serves on where its renewal fails, which is reported and tried again after a pause', async () => {
    const issuer = new Issuer();
    await issuer.serves('one');
    const failure = new Error('STS is away');
    clockAt(renewAfter);
    await issuer.credential.token();
    issuer.calls[1]?.reject(failure);
    await settled();
    const atOnce = await issuer.credential.token();
    clockAt(renewAfter + 5_000);
    const afterPause = await issuer.credential.token();

    expect([atOnce, afterPause]).toEqual(['one', 'one']);
    expect(issuer.reports).toEqual([failure]);
    expect(issuer.calls).toHaveLength(3);
  });

  it('is not sent any more once it has expired: the next one is waited for', async () => {
    const issuer = new Issuer();
    await issuer.serves('one');
    clockAt(expireAfter);

    await issuer.serves('two');
    expect(issuer.calls).toHaveLength(2);
  });

  it('that cannot be got fails for all who wait, and is asked for again by the next', async () => {
    const issuer = new Issuer();
    const asked = [issuer.credential.token(), issuer.credential.token()];
    issuer.calls[0]?.reject(new Error('away'));

    for (const one of asked) await expect(one).rejects.toThrow('away');
    await issuer.serves('one');
    expect(issuer.reports).toEqual([]);
  });

  it('is asked for again where a sandbox was frozen while it waited', async () => {
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

  it('is renewed beside the request when the clock was set back, for nothing says how old it is', async () => {
    const issuer = new Issuer();
    await issuer.serves('one');
    clockAt(-3_600_000);

    expect(await issuer.credential.token()).toBe('one');
    expect(issuer.calls).toHaveLength(2);
  });
});

describe('a token that was rejected', () => {
  it('is not sent again', async () => {
    const issuer = new Issuer();
    await issuer.serves('one');
    issuer.credential.rejected('one');

    await issuer.serves('two');
  });

  it('long ago takes nothing from the one that came after it', async () => {
    const issuer = new Issuer();
    await issuer.serves('one');
    issuer.credential.rejected('one');
    await issuer.serves('two');
    issuer.credential.rejected('one');

    expect(await issuer.credential.token()).toBe('two');
    expect(issuer.calls).toHaveLength(2);
  });

  it('is not brought back by a renewal that was under way', async () => {
    const issuer = new Issuer();
    await issuer.serves('one');
    clockAt(renewAfter);
    await issuer.credential.token();
    issuer.credential.rejected('one');
    const asked = issuer.credential.token();
    issuer.calls[1]?.resolve('one');
    issuer.calls[2]?.resolve('two');

    expect([await asked, await issuer.credential.token()]).toEqual(['two', 'two']);
  });
});

describe('the audiences', () => {
  const claims = Buffer.from('{"iss":"issuer","aud":["audience"]}').toString('base64url');
  const jwt = `header.${claims}.signature`;

  it('are those that are configured until there is a token, and its own as well from then on', async () => {
    const issuer = new Issuer(['cwii:prod']);
    const before = issuer.credential.audiences;
    await issuer.serves(jwt);

    expect([before, issuer.credential.audiences]).toEqual([['cwii:prod'], ['cwii:prod', 'issuer', 'audience']]);
  });

  it('of a token that was rejected hold until there is another: a pod may be answered from memory meanwhile', async () => {
    const issuer = new Issuer(['cwii:prod']);
    await issuer.serves(jwt);
    issuer.credential.rejected(jwt);

    expect(issuer.credential.audiences).toEqual(['cwii:prod', 'issuer', 'audience']);
  });
});
