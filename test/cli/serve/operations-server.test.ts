// Tests the answers of the operators' port, also when the metrics cannot be read.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createOperationsServer } from '../../../cli/serve/operations-server.ts';

async function startServer(text: () => Promise<string>) {
  const warnings: string[] = [];
  const warn = (subject: string, code: string, error: string) => void warnings.push(`${subject} ${code} ${error}`);
  const server = createOperationsServer({ contentType: 'text/plain', text }, { state: 'ready' }, { warn });
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const get = (path: string) => fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
  return { get, warnings };
}

test('metrics that cannot be read are answered with 500, logged, and do not end the server', async () => {
  const { get, warnings } = await startServer(() => Promise.reject(new Error('the registry is broken')));

  for (const attempt of [1, 2]) {
    const response = await get('/metrics');
    expect({ attempt, status: response.status }).toEqual({ attempt, status: 500 });
    expect(await response.json()).toEqual({ status: 'the metrics cannot be read; see the log' });
  }
  expect(warnings).toEqual(Array(2).fill('metrics metrics-failed the registry is broken'));
  expect((await get('/healthz')).status).toBe(200);
});

test('metrics, health checks and unknown paths have their answers', async () => {
  const { get } = await startServer(() => Promise.resolve('cwii_up 1'));

  expect(await (await get('/metrics')).text()).toBe('cwii_up 1');
  expect((await get('/readyz')).status).toBe(200);
  expect((await get('/other')).status).toBe(404);
});
