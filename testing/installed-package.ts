// The packed package, installed into projects of other people: an empty one, and CDK apps.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cachePath, notSetUp } from './cache.ts';
import { npm, quietInstall, showing } from './npm.ts';

export interface InstalledPackage {
  /** A project that depends on cwii alone. */
  readonly project: string;
  /** examples/cdk-app. */
  readonly cdkApp: string;
  /** The app of `cdk init app --language typescript`, with the stack and the test of testing/cdk-init-app. */
  readonly cdkInitApp: string;
}

/**
 * The oldest minor version of TypeScript 5 for which the tests compile an app, and the newest version 6.
 * `cdk init` and examples/cdk-app use version 7.
 */
export const compilers = { 'typescript-5': '5.6.3', 'typescript-6': '6.0.3' } as const;

const NAME = 'installed-package';
const root = join(import.meta.dirname, '..');

/**
 * Outside of the checkout, or Node.js would find packages in the checkout's node_modules. One per checkout.
 */
const directory = cachePath('package', root);
/** Contains the digest of the package that is installed. */
const marker = join(directory, 'installed');
const installed: InstalledPackage = {
  project: join(directory, 'project'),
  cdkApp: join(directory, 'cdk-app'),
  // cdk init names the stack and the files by the folder.
  cdkInitApp: join(directory, 'cdk-init'),
};

/** @throws if it is not installed. */
export function installedPackage(): InstalledPackage {
  if (!existsSync(marker)) throw notSetUp('the packed package', NAME);
  return installed;
}

/** The command `tsc` of a version. @throws if it is not installed. */
export function compilerCommand(name: keyof typeof compilers): string {
  installedPackage();
  return join(directory, 'compilers', 'node_modules', name, 'bin', 'tsc');
}

/** Packs the package, and installs it if it differs from the one that is installed. */
export async function installPackage(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cwii-pack-'));
  try {
    await npm(['pack', '--silent', '--pack-destination', folder], root);
    const [name = ''] = await readdir(folder);
    const digest = createHash('sha256')
      .update(await readFile(join(folder, name)))
      .digest('hex');
    if (existsSync(marker) && (await readFile(marker, 'utf8')) === digest) return;
    await rm(directory, { recursive: true, force: true });
    await mkdir(installed.project, { recursive: true });
    const tarball = join(directory, 'cwii.tgz');
    await cp(join(folder, name), tarball);
    await writeFile(join(installed.project, 'package.json'), '{"name":"project","private":true,"type":"module"}');
    await cp(join(root, 'examples', 'cdk-app'), installed.cdkApp, { recursive: true });
    await npm([...quietInstall, tarball], installed.project);
    await npm([...quietInstall, '--omit=dev', tarball], installed.cdkApp);
    await installInitApp(tarball);
    await installCompilers();
    await writeFile(`${marker}.unfinished`, digest);
    await rename(`${marker}.unfinished`, marker);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function installInitApp(tarball: string): Promise<void> {
  await mkdir(installed.cdkInitApp);
  const cdk = join(root, 'node_modules', '.bin', 'cdk');
  const options = ['--language', 'typescript', '--generate-only', '--no-notices', '--no-version-reporting'];
  await showing(cdk, ['init', 'app', ...options], installed.cdkInitApp);
  await cp(join(root, 'testing', 'cdk-init-app'), installed.cdkInitApp, { recursive: true });
  await npm([...quietInstall, tarball], installed.cdkInitApp);
}

async function installCompilers(): Promise<void> {
  const folder = join(directory, 'compilers');
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), '{"name":"compilers","private":true}');
  const packages = Object.entries(compilers).map(([name, version]) => `${name}@npm:typescript@${version}`);
  await npm([...quietInstall, ...packages], folder);
}
