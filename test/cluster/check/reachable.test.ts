// `cwii check` against a real API server: connection, output formats and exit status.

import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { delimiter, dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportSchema } from '../../../cli/check/report.ts';
import { type ControlPlane, startControlPlane } from '../../../testing/cluster/control-plane.ts';
import { run } from '../../../testing/run.ts';
import { cwii, folderOf, start } from '../../cli/command.ts';

describe('cwii check --only cluster-reachable', () => {
  let cluster: ControlPlane;
  beforeAll(async () => {
    cluster = await startControlPlane();
  });
  afterAll(() => cluster?.stop());

  const check = async (args: readonly string[]) => {
    await using folder = await folderOf({});
    const path = [dirname(process.execPath), cluster.kubectlFolder].join(delimiter);
    const command = ['check', '--only', 'cluster-reachable', '--kubeconfig', cluster.kubeconfigPath, ...args];
    return cwii(command, { cwd: folder.path, env: { PATH: path, HOME: folder.path } });
  };

  it('passes, and names the cluster', async () => {
    const { metadata } = await cluster.api<{ metadata: { uid: string } }>('GET', '/api/v1/namespaces/kube-system');

    const { status, stdout, stderr } = await check([]);

    expect(stderr).toBe('');
    expect(stdout).toContain(`context admin@test, ${cluster.url}, kube-system ${metadata.uid}\n`);
    expect(stdout).toMatch(/\n✓ the API server answers \(v1\.\d+\.\d+.*\)\n\n1 passed\n$/);
    expect(status).toBe(0);
  });

  it('prints a report that fits the published schema', async () => {
    const { status, stdout } = await check(['-o', 'json']);

    expect(reportSchema.parse(JSON.parse(stdout))).toMatchObject({ success: true });
    expect(status).toBe(0);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends kubectl and removes its socket on %s', async (signal) => {
    // A server that never answers, so that the command is still running.
    await using silent = createServer((socket) => socket.on('error', () => undefined).resume());
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const server = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const kubeconfig = JSON.stringify({
      clusters: [{ name: 'silent', cluster: { server } }],
      users: [{ name: 'jane', user: { token: 'of-jane' } }],
      contexts: [{ name: 'silent', context: { cluster: 'silent', user: 'jane' } }],
      'current-context': 'silent',
    });
    await using folder = await folderOf({ kubeconfig });
    const path = [dirname(process.execPath), cluster.kubectlFolder, '/bin'].join(delimiter);
    const env = { PATH: path, HOME: folder.path, TMPDIR: folder.path };
    const { child, status } = start(['check', '--wait', '5m', '--kubeconfig', 'kubeconfig'], { cwd: folder.path, env });
    const sockets = async () =>
      (await readdir(folder.path, { recursive: true })).filter((name) => name.includes('cwii-'));
    const processes = async () => (await run(['ps', '-A', '-o', 'args'], { env: process.env })).stdout;
    await cluster.waitFor('the socket', async () => (await sockets()).some((name) => name.endsWith('.sock')));

    child.kill(signal);

    expect(await status).toBe(null);
    expect(child.signalCode).toBe(signal);
    await cluster.waitFor('kubectl to end', async () => !(await processes()).includes(`${folder.path}/cwii-`));
    expect(await sockets()).toEqual([]);
  });

  it('could not run without the context', async () => {
    const { status, stdout, stderr } = await check(['--context', 'nobody@test']);

    expect(stdout).toBe('');
    expect(stderr).toContain('nobody@test');
    expect(status).toBe(2);
  });
});
