// A function that was frozen, or whose clock jumped, injects the identity of the next pod.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../testing/network/faults.ts';
import { roleArn } from '../cluster/manifests.ts';
import { roleOf } from '../cluster/stored-pod.ts';
import { type BrokenCluster, startBrokenCluster } from './broken-cluster.ts';

const hour = 60 * 60 * 1000;

describe.each([
  { protocol: 'HTTP/2', http1Only: false },
  { protocol: 'HTTP/1.1', http1Only: true },
])('over $protocol, a function', ({ http1Only }) => {
  let broken: BrokenCluster;
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cwii-clock-'));
    const clock = pathToFileURL(join(import.meta.dirname, 'movable-clock.ts')).href;
    const env = { NODE_OPTIONS: `--import ${clock}`, TEST_CLOCK_FILE: join(directory, 'offset') };
    broken = await startBrokenCluster({ ...env, CWII_CACHE_SECONDS: '60' }, { http1Only });
  });
  afterAll(async () => {
    await broken?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const expectIdentity = async () => expect(roleOf((await broken.createPod()).stored())).toBe(roleArn('chaos'));

  /** Moves the wall clock of the function, which also expires its cache. */
  async function jump(milliseconds: number): Promise<void> {
    await writeFile(join(directory, 'offset'), String(milliseconds));
    broken.webhook.signal('SIGUSR2');
  }

  it('injects the identity if it was frozen while its connection was closed', async () => {
    await expectIdentity();
    const { webhook, proxy, link } = broken;
    webhook.signal('SIGSTOP');
    try {
      await Promise.all([proxy.dropConnections(), link.cut()]);
      await link.restore();
    } finally {
      webhook.signal('SIGCONT');
    }
    await jump(hour);
    await expectIdentity();
  });

  it('injects the identity if it was frozen while its connection went silent', async () => {
    await jump(0);
    await expectIdentity();
    const { webhook, link } = broken;
    webhook.signal('SIGSTOP');
    try {
      link.silenceOpenConnections();
      await writeFile(join(directory, 'offset'), String(hour));
    } finally {
      webhook.signal('SIGUSR2');
      webhook.signal('SIGCONT');
    }
    await expectIdentity();
    const last = (await webhook.logged('chaos')).at(-1);
    // After an hour it does not try the old connection.
    expect(last).toMatchObject({ outcome: 'admitted', reads: 2 });
  });

  it('completes an admission during which it was frozen and lost its connection', async () => {
    const { webhook, proxy } = broken;
    await jump(2 * hour);
    const before = proxy.requests;
    const created = broken.createPod();
    await broken.cluster.waitFor('its reads to start', () => proxy.requests > before);
    webhook.signal('SIGSTOP');
    await proxy.dropConnections();
    webhook.signal('SIGCONT');
    expect(roleOf((await created).stored())).toBe(roleArn('chaos'));
    await expectIdentity();
  });

  it.each([
    ['an hour ahead', hour],
    ['an hour back', -hour],
    ['three years ahead', 3 * 365 * 24 * hour],
    ['back to the right time', 0],
  ])('injects the identity before and after its clock jumps %s', async (_, offset) => {
    await expectIdentity();
    await jump(offset);
    await expectIdentity();
    await expectIdentity();
  });

  it.each([
    ['ahead', 5 * hour, 6 * hour],
    ['back', 9 * hour, 8 * hour],
  ])('completes an admission during which its clock jumps %s', async (_, from, to) => {
    await jump(from);
    const { proxy, cluster } = broken;
    const held: (() => void)[] = [];
    const hold: Fault = (response) => held.push(() => response.writeHead(503, {}) && response.end(''));
    proxy.fail(hold, { times: 2 });
    const created = broken.createPod();
    await cluster.waitFor('both reads to be held', () => held.length === 2);
    await jump(to);
    for (const release of held) release();
    expect(roleOf((await created).stored())).toBe(roleArn('chaos'));
    await jump(0);
  });
});
