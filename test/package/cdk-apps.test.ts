// The published package in CDK apps of other people: as `cdk init` makes them, and with other versions of
// TypeScript and kinds of modules.

import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { compilerCommand, installedPackage } from '../../testing/installed-package.ts';

const { cdkInitApp } = installedPackage();

/** The Node.js of the package's user: CI also uses the oldest one that package.json allows. */
const node = process.env['PACKAGE_NODE'] ?? process.execPath;
const env = {
  ...process.env,
  PATH: `${dirname(node)}${delimiter}${process.env['PATH']}`,
  // Vitest sets it, and then jest in the app would not be the program that its user runs.
  NODE_ENV: undefined,
  NODE_OPTIONS: undefined,
};

const run = promisify(execFile);

// A compiler and a CDK app need ten seconds each on an idle machine.
vi.setConfig({ testTimeout: 600_000 });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cwii-cdk-apps-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The types of the resources in a synthesized stack. */
async function typesIn(out: string): Promise<string[]> {
  const [name = ''] = (await readdir(out)).filter((file) => file.endsWith('.template.json'));
  const { Resources } = JSON.parse(await readFile(join(out, name), 'utf8'));
  return Object.values<{ Type: string }>(Resources).map(({ Type }) => Type);
}

const expected = expect.arrayContaining(['AWS::Lambda::Url', 'AWS::CloudWatch::Dashboard']);

describe('an app that `cdk init app --language typescript` has made', () => {
  it('passes its own test with its own jest', async () => {
    const { stderr } = await run('npm', ['test'], { cwd: cdkInitApp, env });

    expect(stderr).toMatch(/^Tests: +1 passed, 1 total$/m);
  });

  it('is type-checked and synthesized by `cdk synth`', async () => {
    const out = join(folder, 'cdk-init.out');

    await run('npx', ['cdk', 'synth', '--quiet', '--no-notices', '--output', out], { cwd: cdkInitApp, env });

    expect(await typesIn(out)).toEqual(expected);
  });
});

/** TypeScript 5 means `node10` if `module` is commonjs: it reads `typesVersions`, but not `exports`. */
const commonJs = { module: 'commonjs', moduleResolution: 'node10' };
const nodeNext = { module: 'nodenext' };

describe.each([
  ['TypeScript 5 and module commonjs', 'typescript-5', 'commonjs', commonJs],
  ['TypeScript 5 and CommonJS of NodeNext', 'typescript-5', 'commonjs', nodeNext],
  ['TypeScript 6 and CommonJS of NodeNext', 'typescript-6', 'commonjs', nodeNext],
  ['TypeScript 6 and ES modules', 'typescript-6', 'module', nodeNext],
] as const)('an app with %s', (_, compiler, type, options) => {
  it('is compiled and synthesized', async () => {
    const app = await mkdtemp(join(folder, 'app-'));
    await symlink(join(cdkInitApp, 'node_modules'), join(app, 'node_modules'));
    await cp(join(cdkInitApp, 'lib', 'cdk-init-stack.ts'), join(app, 'cdk-init-stack.ts'));
    const main = [
      "import { App } from 'aws-cdk-lib';",
      "import { CdkInitStack } from './cdk-init-stack.js';",
      "new CdkInitStack(new App(), 'Shop');",
    ];
    await writeFile(join(app, 'main.ts'), main.join('\n'));
    await writeFile(join(app, 'package.json'), JSON.stringify({ private: true, type }));
    const target = { target: 'ES2022', rootDir: '.', outDir: 'js' };
    const compilerOptions = { ...target, strict: true, skipLibCheck: true, types: [], ...options };
    await writeFile(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));

    await run(node, [compilerCommand(compiler), '-p', app], { env });
    const out = join(app, 'cdk.out');
    await run(node, [join(app, 'js', 'main.js')], { env: { ...env, CDK_OUTDIR: out } });

    expect(await typesIn(out)).toEqual(expected);
  });
});
