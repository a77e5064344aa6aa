// Finds the package's own files, in a checkout (cli/) and installed (dist/package/cli/).

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CwiiError } from './errors.ts';

/**
 * The absolute path of a file in the package. @throws {CwiiError} `package-incomplete` outside of a package.
 */
export function packageFile(...path: string[]): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return join(folder, ...path);
  }
  throw new CwiiError('package-incomplete', 'no package.json was found above the command; install cwii again');
}

/** The version of cwii that runs. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }).version;
}
