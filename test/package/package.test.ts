// What is published: packed, installed into a stranger's empty project from the tarball, and used there.

import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageFile } from '../../lib/common/package-root.ts';
import { createTestAuthority } from '../../testing/certificates.ts';
import { createGuardian } from '../../testing/guardian.ts';
import { startProgram } from '../../testing/program.ts';

const run = promisify(execFile);

describe('the published package, in a project of its own', () => {
  let project: string;
  let tarball: string;
  const cwii = (...args: string[]) => run(join(project, 'node_modules', '.bin', 'cwii'), args, { cwd: project });

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'cwii-stranger-'));
    await run('npm', ['pack', '--pack-destination', project], { cwd: packageFile() });
    tarball = join(project, (await readdir(project))[0] ?? '');
    await writeFile(join(project, 'package.json'), '{"name":"stranger","private":true,"type":"module"}');
    await run('npm', ['install', '--no-audit', '--no-fund', tarball], { cwd: project });
  });
  afterAll(() => rm(project, { recursive: true, force: true }));

  it('brings no TypeScript that Node.js would refuse to run under node_modules', async () => {
    const files = await readdir(join(project, 'node_modules', 'cwii'), { recursive: true });
    expect(files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))).toEqual([]);
    expect(files).toContain('dist/webhook/index.mjs');
  });

  it('installs no build or test tool along with it', async () => {
    const installed = await readdir(join(project, 'node_modules'));
    expect(
      installed.filter((name) => ['vitest', 'esbuild', 'typescript', 'node', 'selfsigned'].includes(name)),
    ).toEqual([]);
  });

  it('previews a pod by its command', async () => {
    const pod = join(project, 'node_modules', 'cwii', 'examples', 'guide-pod.yaml');
    const { stdout } = await cwii('preview', '-f', pod, '-o', 'json');
    expect(JSON.parse(stdout).items[0].metadata.annotations['cwii.dev/injected']).toBe('aws');
  });

  it('tells its version, which is the package’s', async () => {
    const { stdout } = await cwii('--version');
    expect(stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('serves the function that it brings', async () => {
    const { certPem, keyPem } = await (await createTestAuthority()).issue();
    await writeFile(join(project, 'tls.crt'), certPem);
    await writeFile(join(project, 'tls.key'), keyPem);
    const guardian = createGuardian();
    const options = ['--port', '0', '--tls-cert', join(project, 'tls.crt'), '--tls-key', join(project, 'tls.key')];
    const serve = startProgram({
      name: 'cwii serve',
      command: [join(project, 'node_modules', '.bin', 'cwii'), 'serve', ...options],
      env: { CWII_ALLOW_ANONYMOUS: 'true' },
      guardian,
    });
    try {
      const said = await serve.waitFor(
        'cwii serve to say where it is',
        () => serve.stderr().includes('\n') && serve.stderr(),
      );
      expect(said).toMatch(/the webhook is at https:\/\/127\.0\.0\.1:\d+\/mutate/);
    } finally {
      await serve.stop();
      await guardian.release();
    }
  });

  it('has types for what its modules export', async () => {
    const files = await readdir(join(project, 'node_modules', 'cwii', 'dist', 'package'), { recursive: true });
    expect(files).toContain('lib/admission/mutate.d.ts');
  });

  describe('in a CDK app of somebody’s own', () => {
    let app: string;

    beforeAll(async () => {
      app = join(project, 'cdk-app');
      await cp(packageFile('examples', 'cdk-app'), app, { recursive: true });
      const options = ['--no-audit', '--no-fund', '--prefer-offline', '--omit=dev'];
      await run('npm', ['install', ...options, tarball], { cwd: app });
    });

    it('gives constructs, on functions that need no bundler', async () => {
      await run(process.execPath, ['app.ts'], { cwd: app, env: { ...process.env, CDK_OUTDIR: 'cdk.out' } });
      const template = JSON.parse(await readFile(join(app, 'cdk.out', 'shop.template.json'), 'utf8'));
      expect(Object.keys(template.Resources)).toEqual(expect.arrayContaining([expect.stringMatching(/^WebhookAlias/)]));
      const assets = JSON.parse(await readFile(join(app, 'cdk.out', 'shop.assets.json'), 'utf8'));
      const folders = Object.values<{ source: { path: string; packaging: string } }>(assets.files)
        .filter(({ source }) => source.packaging === 'zip')
        .map(({ source }) => source.path);
      const deployed = await Promise.all(folders.map((folder) => readdir(join(app, 'cdk.out', folder))));
      expect(deployed).toHaveLength(2);
      for (const files of deployed) {
        expect(files).toContain('index.mjs');
        expect(files).not.toContain('metafile.json');
      }
    });

    it('has types that a strict compiler takes', async () => {
      const { stdout } = await run(packageFile('node_modules', '.bin', 'tsc'), ['-p', '.'], { cwd: app });
      expect(stdout).toBe('');
    });

    it('needs nothing of cwii’s own build', async () => {
      const installed = await readdir(join(app, 'node_modules'));
      expect(installed.filter((name) => ['@aws-sdk', 'esbuild', 'cdk-nag', 'aws-cdk'].includes(name))).toEqual([]);
    });
  });
});
