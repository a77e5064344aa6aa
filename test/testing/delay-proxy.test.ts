// The delay proxy of the benchmark: its delays are those of a long link, and it can be cut and restored.

import { Agent, createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestAuthority, type TestAuthority } from '../../testing/certificates.ts';
import { type DelayProxy, startDelayProxy } from '../../testing/network/delay-proxy.ts';

const roundTripMs = 40;

describe('the delay proxy', () => {
  let authority: TestAuthority;
  let server: Server;
  let proxy: DelayProxy;
  let agent: Agent;
  const connect = () => new Agent({ keepAlive: true, ca: authority.certPem });

  beforeAll(async () => {
    authority = await createTestAuthority();
    const { certPem: cert, keyPem: key } = await authority.issue();
    server = createServer({ cert, key }, (_, response) => response.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port: targetPort } = server.address() as AddressInfo;
    proxy = await startDelayProxy({ targetHost: '127.0.0.1', targetPort, roundTripMs });
  });
  afterAll(async () => {
    await proxy?.close();
    server?.close();
  });
  beforeEach(() => {
    agent = connect();
  });
  afterEach(() => agent.destroy());

  it('delays the first request over TLS 1.3 by three round trips and the next one by one', async () => {
    const start = proxy.roundTrips;
    const first = await send();
    const afterFirst = proxy.roundTrips;
    const second = await send();

    // A busy machine makes a request slower, and never faster. The connect is the third round trip.
    expect(first).toBeGreaterThanOrEqual(3 * roundTripMs);
    expect(afterFirst - start).toBe(2);
    expect(second).toBeGreaterThanOrEqual(roundTripMs);
    expect(proxy.roundTrips - afterFirst).toBe(1);
  });

  it('resets open connections and refuses new ones after cut, until restore', async () => {
    await send();
    const pending = expect(send()).rejects.toThrow(/ECONNRESET|socket hang up/);
    await proxy.cut();
    await pending;
    await expect(send()).rejects.toThrow('ECONNREFUSED');

    await proxy.restore();

    await expect(send()).resolves.toBeGreaterThan(0);
  });

  /** @returns milliseconds from the request to the end of the answer. */
  function send(): Promise<number> {
    const startedAt = performance.now();
    return new Promise((resolve, reject) => {
      const call = request({ host: '127.0.0.1', port: proxy.port, agent }, (response) => {
        response
          .resume()
          .once('error', reject)
          .once('end', () => resolve(performance.now() - startedAt));
      });
      call.once('error', reject);
      call.end();
    });
  }
});
