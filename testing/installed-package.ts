// The packed package, installed into projects of other people: an empty one, and a CDK app.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cachePath, notSetUp } from './cache.ts';

export interface InstalledPackage {
  /** A project that depends on cwii alone. */
  readonly project: string;
  /** examples/cdk-app. */
  readonly cdkApp: string;
}

const NAME = 'installed-package';
const root = join(import.meta.dirname, '..');

/**
 * Outside of the checkout, or Node.js would find packages in the checkout's node_modules. One per checkout.
 */
const directory = cachePath('package', root);
/** Contains the digest of the package that is installed. */
const marker = join(directory, 'installed');
const installed: InstalledPackage = { project: join(directory, 'project'), cdkApp: join(directory, 'cdk-app') };

/** @throws if it is not installed. */
export function installedPackage(): InstalledPackage {
  if (!existsSync(marker)) throw notSetUp('the packed package', NAME);
  return installed;
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
    await npm(['install', '--no-audit', '--no-fund', tarball], installed.project);
    await npm(['install', '--no-audit', '--no-fund', '--omit=dev', tarball], installed.cdkApp);
    await writeFile(`${marker}.unfinished`, digest);
    await rename(`${marker}.unfinished`, marker);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function npm(args: readonly string[], cwd: string): Promise<void> {
  process.stderr.write(`npm ${args[0]} in ${cwd}\n`);
  const child = spawn('npm', args, { cwd, stdio: ['ignore', 2, 2] });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`npm ${args[0]} in ${cwd} ended with code ${code}; see its output above`);
}
