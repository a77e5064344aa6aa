// The oldest aws-cdk-lib and constructs that package.json accepts, with which the tests of infra/ run again.

import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachePath, makeFolder, notSetUp } from './cache.ts';
import { npm, quietInstall } from './npm.ts';

const NAME = 'cdk-floor';

const { peerDependencies } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')) as {
  peerDependencies: Readonly<Record<string, string>>;
};
const packages = Object.entries(peerDependencies).map(([name, range]) => `${name}@${range.replace(/^\^/, '')}`);
const directory = cachePath(NAME, ...packages);

/** Where to find a package. The path does not exist if the packages are not installed. */
export function floorPackage(name: 'aws-cdk-lib' | 'constructs'): string {
  return join(directory, 'node_modules', name);
}

/** @throws if they are not installed. */
export function requireCdkFloor(): void {
  if (!existsSync(directory)) throw notSetUp(packages.join(' and '), NAME);
}

/** Installs them if they are not installed. */
export function installCdkFloor(): Promise<void> {
  return makeFolder(directory, async (unfinished) => {
    await mkdir(unfinished);
    await writeFile(join(unfinished, 'package.json'), `{"name":"${NAME}","private":true}`);
    await npm([...quietInstall, ...packages], unfinished);
  });
}
