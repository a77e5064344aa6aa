// The published package as `npm run test:setup -- package` installed it: into an empty project and into a CDK
// app.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageFile } from '../../lib/common/package-root.ts';
import { createTestAuthority } from '../../testing/certificates.ts';
import { installedPackage } from '../../testing/installed-package.ts';
import { startServer } from '../../testing/program.ts';

const { project, cdkApp } = installedPackage();

/** The Node.js of the package's user: CI also uses the oldest one that package.json allows. */
const node = process.env['PACKAGE_NODE'] ?? process.execPath;
const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env['PATH']}` };

const run = promisify(execFile);
const command = join(project, 'node_modules', '.bin', 'cwii');
const cwii = (...args: string[]) => run(command, args, { cwd: project, env });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cwii-package-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the published package in an empty project', () => {
  it('contains no TypeScript but declarations: Node.js runs none under node_modules', async () => {
    const files = await readdir(join(project, 'node_modules', 'cwii'), { recursive: true });

    expect(files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))).toEqual([]);
    expect(files).toContain('dist/webhook/index.mjs');
  });

  it('installs no build or test tool', async () => {
    const installed = await readdir(join(project, 'node_modules'));

    const tools = ['vitest', 'esbuild', 'typescript', 'node', 'selfsigned'];
    expect(installed.filter((name) => tools.includes(name))).toEqual([]);
  });

  it('runs cwii preview', async () => {
    const pod = join(project, 'node_modules', 'cwii', 'examples', 'guide-pod.yaml');

    const { stdout } = await cwii('preview', '-f', pod, '-o', 'json');

    expect(JSON.parse(stdout).items[0].metadata.annotations['cwii.dev/injected']).toBe('aws');
  });

  it('prints its version', async () => {
    const { version } = JSON.parse(await readFile(packageFile('package.json'), 'utf8'));

    expect(await cwii('--version')).toMatchObject({ stdout: `${version}\n` });
  });

  it('serves the webhook bundle of the package', async () => {
    const authority = await createTestAuthority();
    const { certPem, keyPem } = await authority.issue();
    const [cert, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
    await writeFile(cert, certPem);
    await writeFile(key, keyPem);

    await using serve = await startServer({
      name: 'cwii serve',
      command: [command, 'serve', '--port', '0', '--tls-cert', cert, '--tls-key', key],
      env: { PATH: env.PATH, CWII_ALLOW_ANONYMOUS: 'true' },
      until: 'cwii serve to report its address',
      probe: ({ stderr }) => /https:\/\/127\.0\.0\.1:\d+\/mutate/.exec(stderr())?.[0],
    });

    expect(await healthOf(new URL('/healthz', serve.answer), authority.certPem)).toBe('{"status":"ok"}');
  });

  it('has declarations for what its modules export', async () => {
    const files = await readdir(join(project, 'node_modules', 'cwii', 'dist', 'package'), { recursive: true });

    expect(files).toContain('lib/admission/mutate.d.ts');
  });
});

describe('the published package in a CDK app', () => {
  it('provides constructs whose functions need no bundler', async () => {
    const out = join(folder, 'cdk.out');
    // Node.js strips types without this option from 22.18 on.
    await run(node, ['--experimental-strip-types', 'app.ts'], { cwd: cdkApp, env: { ...env, CDK_OUTDIR: out } });

    const template = JSON.parse(await readFile(join(out, 'shop.template.json'), 'utf8'));
    expect(Object.keys(template.Resources)).toEqual(expect.arrayContaining([expect.stringMatching(/^WebhookAlias/)]));
    const assets = JSON.parse(await readFile(join(out, 'shop.assets.json'), 'utf8'));
    const folders = Object.values<{ source: { path: string; packaging: string } }>(assets.files)
      .filter(({ source }) => source.packaging === 'zip')
      .map(({ source }) => source.path);
    const deployed = await Promise.all(folders.map((asset) => readdir(join(out, asset))));
    expect(deployed).toHaveLength(2);
    for (const files of deployed) {
      expect(files).toContain('index.mjs');
      expect(files).not.toContain('metafile.json');
    }
  });

  it('has types that the strict TypeScript compiler accepts', async () => {
    const { stdout } = await run(packageFile('node_modules', '.bin', 'tsc'), ['-p', '.'], { cwd: cdkApp });

    expect(stdout).toBe('');
  });

  it('does not install the packages with which cwii is built', async () => {
    const installed = await readdir(join(cdkApp, 'node_modules'));

    expect(installed.filter((name) => ['@aws-sdk', 'esbuild', 'cdk-nag', 'aws-cdk'].includes(name))).toEqual([]);
  });
});

async function healthOf(url: URL, ca: string): Promise<string> {
  const call = get(url, { ca });
  const [response] = await once(call, 'response');
  return text(response);
}
