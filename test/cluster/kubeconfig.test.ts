// The errors of every command that reads a cluster, about the kubeconfig and a cluster that does not answer.

import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlPlane, startControlPlane } from '../../testing/cluster/control-plane.ts';
import { CLOSED_PORT } from '../../testing/ports.ts';
import { cwii, cwiiProcess, folderOf } from '../cli/command.ts';

const commands = [['audit'], ['check'], ['trust', 'shop/web', '--cloud', 'aws'], ['init', '--yes']];

const kubeconfig = {
  clusters: [{ name: 'down', cluster: { server: `https://127.0.0.1:${CLOSED_PORT}` } }],
  users: [
    { name: 'jane', user: { token: 'of-jane' } },
    { name: 'nobody', user: {} },
  ],
  contexts: [
    { name: 'down', context: { cluster: 'down', user: 'jane' } },
    { name: 'torn', context: { cluster: 'deleted', user: 'jane' } },
    { name: 'anonymous', context: { cluster: 'down', user: 'nobody' } },
  ],
  'current-context': 'down',
};

let cluster: ControlPlane;
beforeAll(async () => {
  cluster = await startControlPlane();
});
afterAll(() => cluster?.stop());

async function inFolder(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  await using folder = await folderOf({ kubeconfig: JSON.stringify(kubeconfig), invalid: 'clusters: [' });
  return await inThis(folder, args, env);
}

/** With the kubeconfig of the folder. */
async function withKubeconfig(args: readonly string[], run = cwii) {
  await using folder = await folderOf({ kubeconfig: JSON.stringify(kubeconfig) });
  return await inThis(folder, args, { KUBECONFIG: join(folder.path, 'kubeconfig') }, run);
}

function inThis(
  folder: { readonly path: string },
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  run = cwii,
) {
  const path = [dirname(process.execPath), cluster.kubectlFolder].join(delimiter);
  return run(args, { cwd: folder.path, env: { PATH: path, HOME: folder.path, ...env } });
}

describe.each(commands)('cwii %s', (...command) => {
  it.each([
    [
      'that does not exist',
      ['--kubeconfig', 'missing'],
      'cwii: the kubeconfig missing (--kubeconfig) does not exist; name another file with --kubeconfig [kubectl-failed]\n',
    ],
    [
      'that is invalid',
      ['--kubeconfig', 'invalid'],
      /the kubeconfig invalid \(--kubeconfig\): error loading config file "invalid": yaml: .*; correct the file \[kubectl-failed\]\n$/,
    ],
    [
      'without the context',
      ['--kubeconfig', 'kubeconfig', '--context', 'staging'],
      /the kubeconfig kubeconfig \(--kubeconfig\): .*\bstaging\b.*; choose another context with --context; `kubectl config get-contexts` lists them \[kubectl-failed\]\n$/,
    ],
    [
      'whose context has no cluster',
      ['--kubeconfig', 'kubeconfig', '--context', 'torn'],
      /the kubeconfig kubeconfig \(--kubeconfig\): .*\bdeleted\b.*; choose another context/,
    ],
  ])('names a kubeconfig %s, and a remedy', async (_, options, message) => {
    const { status, stderr } = await inFolder([...command, ...options]);

    expect(stderr).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
    expect(status).not.toBe(0);
  });

  it('names the files of the variable KUBECONFIG if none exists', async () => {
    const { stderr } = await inFolder(command, { KUBECONFIG: ['one', 'two'].join(delimiter) });

    expect(stderr).toBe(
      'cwii: the kubeconfig one or two (the variable KUBECONFIG) does not exist; name another file with --kubeconfig [kubectl-failed]\n',
    );
  });

  it('names the default file if it does not exist', async () => {
    const { stderr } = await inFolder(command);

    expect(stderr).toMatch(/^cwii: the kubeconfig \S+\/\.kube\/config does not exist; name another file/);
  });
});

describe.each(commands.slice(0, 3))('cwii %s of a cluster that is down', (...command) => {
  it('names what is wrong, and how to go on', async () => {
    const { status, stdout, stderr } = await withKubeconfig(command);

    expect(stdout + stderr).toContain('127.0.0.1:');
    expect(stdout + stderr).toContain('connection refused');
    expect(stdout + stderr).toMatch(/--context/);
    expect((stdout + stderr).trim().split('\n').length).toBeLessThan(20);
    expect(status).not.toBe(0);
  });
});

it('shows the question of kubectl for a user without credentials', async () => {
  const { stderr } = await withKubeconfig(['audit', '--context', 'anonymous'], cwiiProcess);

  expect(stderr).toMatch(/^Please enter Username: cwii: kubectl proxy failed: error: EOF/);
});
