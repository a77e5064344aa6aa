// The limits of requests follow those of checks, and a host that does not answer is named within them.

import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CheckContext } from '../../../cli/check/context.ts';
import { fetchDocument } from '../../../cli/check/issuer/documents.ts';
import { runChecks } from '../../../cli/check/run-checks.ts';
import { TimeLimits } from '../../../cli/check/time-limits.ts';
import { Exchanges } from '../../../cli/check/trust/exchange.ts';
import { keyProblem } from '../../../cli/check/trust/published-keys.ts';
import type { IssuedToken } from '../../../cli/check/trust/tokens.ts';
import { WebClient } from '../../../cli/check/web-client.ts';
import { endpoint } from '../../../cli/check/webhook/endpoint.ts';
import { PODS_WEBHOOK } from '../../../cli/check/webhook/registered-object.ts';
import { createTestAuthority } from '../../../testing/certificates.ts';
import { CLOSED_PORT } from '../../../testing/ports.ts';

describe('TimeLimits', () => {
  it('has the usual limits without --timeout', () => {
    const limits = new TimeLimits();

    expect([limits.ofCheck(), limits.ofRequest()]).toEqual([5000, 4000]);
    expect([limits.ofCheck(10_000), limits.ofRequest(10_000)]).toEqual([10_000, 8000]);
  });

  it.each([2000, 60_000])('gives a request less time than the check, with --timeout of %i ms', (chosen) => {
    const limits = new TimeLimits(chosen);
    for (const usual of [undefined, 10_000, 30_000]) {
      expect(limits.ofCheck(usual)).toBe(chosen);
      expect(limits.ofRequest(usual)).toBe(chosen * 0.8);
    }
  });
});

describe('a server that never answers', () => {
  const host = 'slow.example.com';
  let server: Server;
  let ca: string;
  let arrived: (() => void) | undefined;
  beforeAll(async () => {
    const authority = await createTestAuthority();
    const { certPem: cert, keyPem: key } = await authority.issue([host]);
    ca = authority.certPem;
    // The request arrives, so only the answer is missing.
    server = createServer({ cert, key }, () => arrived?.());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    return () => vi.useRealTimers();
  });

  const contextWith = (timeout: number | undefined) => {
    const { port } = server.address() as AddressInfo;
    const limits = new TimeLimits(timeout);
    const web = new WebClient({ enabled: true, hosts: new Map([[host, { host: '127.0.0.1', port }]]), ca, limits });
    const clientConfig = { url: `https://${host}/`, caBundle: Buffer.from(ca).toString('base64') };
    const registered = { metadata: { name: 'cwii' }, webhooks: [{ name: PODS_WEBHOOK, clientConfig }] };
    const kube = { list: async () => [registered] };
    const context = { limits, web, kube, fact: (read: (all: unknown) => unknown) => read(context) };
    return context as unknown as CheckContext;
  };

  /** Starts a request, and lets the time pass when it has arrived. */
  const settledAt = async <T>(milliseconds: number, start: () => Promise<T>): Promise<T> => {
    const isThere = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const result = start();
    let isSettled = false;
    const settled = () => {
      isSettled = true;
    };
    result.then(settled, settled);
    await isThere;
    vi.advanceTimersByTime(milliseconds - 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(isSettled).toBe(false);
    vi.advanceTimersByTime(1);
    return result;
  };

  const url = new URL(`https://${host}/`);
  const cases = [
    { timeout: undefined, usual: '4 s', document: '8 s', ms: 4000, documentMs: 8000 },
    { timeout: 2000, usual: '1.6 s', document: '1.6 s', ms: 1600, documentMs: 1600 },
    { timeout: 60_000, usual: '48 s', document: '48 s', ms: 48_000, documentMs: 48_000 },
  ];
  describe.each(cases)('with --timeout $timeout', ({ timeout, usual, document, ms, documentMs }) => {
    it('is named by the check of the webhook', async () => {
      const found = await settledAt(ms, () => endpoint(contextWith(timeout)));

      expect(found).toEqual({ state: 'unreachable', reason: `no answer within ${usual}` });
    });

    it('is named by the exchange of a token', async () => {
      const { outcome } = await settledAt(ms, () => new Exchanges(contextWith(timeout).web).send(url, {}, 'shop/app'));

      expect(outcome).toMatchObject({
        result: 'failed',
        cause: `${host} cannot be reached from here: no answer within ${usual}`,
        remedy: expect.stringContaining(`${host}:443`),
      });
    });

    it('is named by the reason of a refusal', async () => {
      const token = { issuer: `https://${host}`, keyId: 'key' } as IssuedToken;
      const { web } = contextWith(timeout);
      const problem = await settledAt(ms, () => keyProblem(web, token, new AbortController().signal));

      expect(problem).toBe(`the keys of https://${host} cannot be read from here: no answer within ${usual}`);
    });

    it('is named by the check of the issuer', async () => {
      const found = await settledAt(documentMs, () => fetchDocument(contextWith(timeout), url.href));

      expect(found).toEqual({
        state: 'unreachable',
        url: url.href,
        reason: `no answer within ${document}, and AWS waits 5 s`,
      });
    });

    it('is named by any other check, before the limit of the check', async () => {
      const context = contextWith(timeout);
      const run = async () => (await context.web.send(url)) && [];
      const [report] = await settledAt(ms, () => Promise.all(runChecks([{ code: 'cluster-ca', run }], context)));

      expect(report?.outcomes).toEqual([
        {
          result: 'failed',
          cause: `${host}: no answer within ${usual}`,
          remedy: `check the network to ${host}, or allow more time with --timeout`,
        },
      ]);
    });
  });

  it('is not said to be dead if the check itself has no time left', async () => {
    const signal = AbortSignal.abort();
    const { outcome } = await new Exchanges(contextWith(undefined).web).send(url, { signal }, 'shop/app');

    expect(outcome).toEqual({
      result: 'skipped',
      cause: 'the time limit of the check was reached; raise --timeout',
      subject: 'shop/app',
    });
  });

  it('does not keep a timer after a request has ended', async () => {
    const refused = contextWith(undefined).web.send(new URL(`https://127.0.0.1:${CLOSED_PORT}/`));
    await expect(refused).rejects.toMatchObject({ code: 'ECONNREFUSED' });

    expect(vi.getTimerCount()).toBe(0);
  });
});
