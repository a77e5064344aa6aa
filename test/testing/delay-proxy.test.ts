// Knows that the delay proxy's delays are those of a long link, and that it can be cut and restored.
import { Agent, createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestAuthority, type TestAuthority } from '../../testing/certificates.ts';
import { type DelayProxy, startDelayProxy } from '../../testing/network/delay-proxy.ts';

describe('the delay proxy', { timeout: 30_000 }, () => {
  const roundTripMs = 40;
  let authority: TestAuthority;
  let server: Server;
  let proxy: DelayProxy;

  beforeAll(async () => {
    authority = await createTestAuthority();
    const certificate = await authority.issue();
    server = createServer({ cert: certificate.certPem, key: certificate.keyPem }, (call, answer) => call.pipe(answer));
    const targetPort = await listening(server);
    proxy = await startDelayProxy({ targetHost: '127.0.0.1', targetPort, roundTripMs });
  });
  afterAll(async () => {
    await proxy?.close();
    server?.close();
  });

  it('costs three round trips for a first request over TLS 1.3, and one on the kept connection', async () => {
    const first: number[] = [];
    const second: number[] = [];
    for (let run = 0; run < 5; run += 1) {
      const agent = new Agent({ keepAlive: true, ca: authority.certPem });
      first.push((await send(agent, 'hello')).ms);
      second.push((await send(agent, 'hello')).ms);
      agent.destroy();
    }
    // The least of five: a busy machine adds to a delay, and nothing takes from it.
    expect(Math.min(...first)).toBeGreaterThanOrEqual(3 * roundTripMs);
    expect(Math.min(...first)).toBeLessThan(4 * roundTripMs);
    expect(Math.min(...second)).toBeGreaterThanOrEqual(roundTripMs);
    expect(Math.min(...second)).toBeLessThan(2 * roundTripMs);
  });

  it('delays much data no longer than little, and keeps its order', async () => {
    const agent = new Agent({ keepAlive: true, ca: authority.certPem });
    await send(agent, 'warm');
    const body = Array.from({ length: 400_000 }, (_, index) => index).join();
    const answer = await send(agent, body);
    expect(answer.body === body).toBe(true);
    expect(answer.ms).toBeLessThan(20 * roundTripMs);
    agent.destroy();
  });

  it('counts connections, breaks them at a cut, and lets clients in again after it', async () => {
    const agent = new Agent({ keepAlive: true, ca: authority.certPem });
    const before = proxy.accepted;
    await send(agent, 'one');
    await send(agent, 'two');
    expect(proxy.accepted - before).toBe(1);
    const pending = expect(send(agent, 'three')).rejects.toThrow(/ECONNRESET|socket hang up/);
    await proxy.cut();
    await pending;
    expect(proxy.connections).toBe(0);
    await expect(send(agent, 'four')).rejects.toThrow('ECONNREFUSED');
    await proxy.restore();
    expect((await send(agent, 'five')).body).toBe('five');
    agent.destroy();
  });

  it('resets the client when the target refuses', async () => {
    const nowhere = createServer();
    const targetPort = await listening(nowhere);
    await new Promise((resolve) => nowhere.close(resolve));
    const broken = await startDelayProxy({ targetHost: '127.0.0.1', targetPort, roundTripMs });
    const agent = new Agent({ ca: authority.certPem });
    await expect(send(agent, 'hello', broken.port)).rejects.toThrow(/ECONNRESET|socket/);
    expect(broken.connections).toBe(0);
    await broken.close();
  });

  function send(
    agent: Agent,
    body: string,
    port = proxy.port,
  ): Promise<{ readonly ms: number; readonly body: string }> {
    const startedAt = performance.now();
    return new Promise((resolve, reject) => {
      const call = request({ host: '127.0.0.1', port, agent, method: 'POST' }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('error', reject);
        answer.on('end', () => resolve({ ms: performance.now() - startedAt, body: text }));
      });
      call.on('error', reject);
      call.end(body);
    });
  }
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
