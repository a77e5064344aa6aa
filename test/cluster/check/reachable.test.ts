// `cwii check` against a real API server: connection, output formats and exit status.

import { delimiter, dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportSchema } from '../../../cli/check/report.ts';
import { type ControlPlane, startControlPlane } from '../../../testing/cluster/control-plane.ts';
import { cwii, folderOf } from '../../cli/command.ts';

describe('cwii check --only cluster-reachable', () => {
  let cluster: ControlPlane;
  beforeAll(async () => {
    cluster = await startControlPlane();
  });
  afterAll(() => cluster?.stop());

  const check = async (args: readonly string[]) => {
    await using folder = await folderOf({});
    const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
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

  it('could not run without the context', async () => {
    const { status, stdout, stderr } = await check(['--context', 'nobody@test']);

    expect(stdout).toBe('');
    expect(stderr).toContain('nobody@test');
    expect(status).toBe(2);
  });
});
