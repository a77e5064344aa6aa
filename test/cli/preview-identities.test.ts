// `cwii preview` of identities: the page, and the changes against other manifests.

import { describe, expect, it } from 'vitest';
import { identityDiffSchema } from '../../cli/preview/identity-diff.ts';
import { asks, deployment, namespace, role, serviceAccount, textOf } from './audit/objects.ts';
import { cwii, folderOf } from './command.ts';

const manifests = (annotations: Readonly<Record<string, string>>, template = {}) => {
  const [workload] = deployment(template);
  return textOf([namespace(), serviceAccount('checkout', { annotations }), workload ?? expect.fail()]);
};

const compare = async (before: string, after: string, ...args: readonly string[]) => {
  await using folder = await folderOf({ 'before.json': before, 'after.json': after });
  const command = ['preview', '-f', 'after.json', '--against', 'before.json', ...args];
  return await cwii(command, { cwd: folder.path });
};

const values = (name: string) => ({
  role: role(name),
  region: 'eu-central-1',
  audience: 'sts.amazonaws.com',
  lifetime: '3600 s',
});

describe('--against', () => {
  it('prints nothing but a summary if no identity changes', async () => {
    const after = manifests(asks('checkout'), { containers: [{ name: 'app', image: 'newer' }] });

    expect(await compare(manifests(asks('checkout')), after)).toEqual({
      status: 0,
      stdout: 'no identity changes\n',
      stderr: '',
    });
  });

  it('prints the values that change', async () => {
    const { status, stdout } = await compare(manifests(asks('old')), manifests(asks('new')));

    expect(status).toBe(0);
    expect(stdout).toBe(
      `~ shop Deployment checkout  AWS in app: role ${role('old')} → ${role('new')}\n\n0 added, 0 removed, 1 changed\n`,
    );
  });

  it.each([
    ['added', {}, asks('checkout')],
    ['removed', asks('checkout'), {}],
    ['removed', asks('checkout'), { 'cwii.dev/aws-rol-arn': role('checkout') }],
  ])('has an identity that is %s', async (change, before, after) => {
    const { stdout } = await compare(manifests(before), manifests(after), '-o', 'json');

    expect(identityDiffSchema.parse(JSON.parse(stdout))).toEqual({
      changes: [
        {
          change,
          namespace: 'shop',
          kind: 'Deployment',
          name: 'checkout',
          container: 'app',
          cloud: 'AWS',
          [change === 'added' ? 'after' : 'before']: values('checkout'),
        },
      ],
    });
  });

  it('tells containers apart', async () => {
    const two = { containers: ['app', 'side'].map((name) => ({ name, image: name })) };
    const { stdout } = await compare(manifests(asks('checkout')), manifests(asks('checkout'), two));

    expect(stdout).toContain('+ shop Deployment checkout  AWS in side: ');
    expect(stdout).toContain('1 added, 0 removed, 0 changed');
  });

  it('reports a denial with status 1', async () => {
    const denied = manifests({}, { annotations: { 'cwii.dev/aws-role-arn': 'bad' } });
    const { status, stdout, stderr } = await compare(manifests(asks('checkout')), denied);

    expect(status).toBe(1);
    expect(stdout).toContain('- shop Deployment checkout');
    expect(stderr).toContain('is denied');
  });

  it('is a part of the page', async () => {
    const { stdout } = await compare(manifests(asks('old')), manifests(asks('new')), '-o', 'html');

    expect(stdout).toContain('<h2 id="changes">Identity changes</h2>');
    expect(stdout).toContain(`role ${role('old')} → ${role('new')}`);
  });

  it('rejects formats that show pods', async () => {
    const { status, stderr } = await compare(manifests({}), manifests({}), '-o', 'diff');

    expect(status).toBe(1);
    expect(stderr).toContain("option '--against' needs");
  });
});

describe('-o html', () => {
  it('has the workloads of the manifests, also without a cluster', async () => {
    const { status, stdout } = await cwii(['preview', '-f', '-', '-o', 'html'], { stdin: manifests(asks('checkout')) });

    expect(status).toBe(0);
    expect(stdout).toContain('<title>Identities of the manifests</title>');
    expect(stdout).toContain(`<code>${role('checkout')}</code>`);
    expect(stdout).not.toContain('Identity changes');
  });
});
