// `cwii init` reads what cwii.yaml needs from a running cluster, with kubectl and a kubeconfig.

import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readClusterFile } from '../../cluster-file/cluster-file.ts';
import { type ControlPlane, startControlPlane } from '../../testing/cluster/control-plane.ts';
import { cwii, folderOf } from '../cli/command.ts';

const sts = 'https://11111111-2222-3333-4444-555555555555.tokens.sts.global.api.aws';

describe('cwii init', () => {
  let cluster: ControlPlane;
  beforeAll(async () => {
    cluster = await startControlPlane({ issuer: 'https://oidc.example.com/my-cluster' });
  });
  afterAll(() => cluster?.stop());

  /** HOME is a folder of the test, which keeps kubectl's caches. */
  const run = async (args: readonly string[]) => {
    await using folder = await folderOf({});
    const path = [dirname(process.execPath), cluster.kubectlFolder].join(delimiter);
    const ended = await cwii(['init', ...args], { cwd: folder.path, env: { PATH: path, HOME: folder.path } });
    const clusters = ended.status === 0 ? readClusterFile(join(folder.path, 'cwii.yaml')).clusters : [];
    const text = ended.status === 0 ? await readFile(join(folder.path, 'cwii.yaml'), 'utf8') : '';
    return { ...ended, clusters, text };
  };

  it('takes the CA from the kubeconfig, and version and issuer from the cluster', async () => {
    const args = ['--kubeconfig', cluster.kubeconfigPath, '--region', 'eu-central-1', '--sts-issuer', sts];
    const { gitVersion } = await cluster.api<{ gitVersion: string }>('GET', '/version');
    const [minor] = /1\.\d+/.exec(gitVersion) ?? [];

    const { stderr, clusters, text } = await run([...args, '--api-url', 'https://api.example.com:6443']);

    expect(stderr).toContain(`reading the context admin@test of the kubeconfig: ${cluster.url}, Kubernetes ${minor}\n`);
    expect(clusters, stderr).toMatchObject([
      {
        name: 'test',
        api: { url: 'https://api.example.com:6443', ca: `${cluster.caPem.trim()}\n` },
        kubernetesVersion: minor,
        issuer: 'https://oidc.example.com/my-cluster',
        credential: { webIdentity: { issuer: sts, audience: 'cwii:test' } },
      },
    ]);
    expect(text).not.toContain(cluster.adminToken);
  });

  it('refuses the address of this machine in the kubeconfig', async () => {
    const { status, stderr } = await run(['--kubeconfig', cluster.kubeconfigPath]);

    expect(status).toBe(1);
    expect(stderr).toContain(`the kubeconfig has ${cluster.url}, which is an address of the machine that uses it`);
  });

  it('shows the error of kubectl for a context that does not exist', async () => {
    const { status, stderr } = await run(['--kubeconfig', cluster.kubeconfigPath, '--context', 'nobody@test']);

    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^cwii: kubectl cannot use the kubeconfig \S+ \(--kubeconfig\): .*nobody@test.*; choose another context with --context/m,
    );
  });
});
