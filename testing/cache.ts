// The folder for what is installed and built for tests: outside of the checkout, so that it is made once per
// machine.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** A path in the cache, with a name that changes with its ingredients. */
export function cachePath(name: string, ...ingredients: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const ingredient of ingredients) hash.update(ingredient);
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'cwii', `${name}-${hash.digest('hex').slice(0, 16)}`);
}

/** The error for a test that needs something that is not in the cache. */
export function notSetUp(what: string, name: string): Error {
  return new Error(`${what} is not installed for tests; run \`npm run test:setup -- ${name}\``);
}

/**
 * Makes a folder of the cache if it does not exist. It appears when it is complete.
 *
 * @param fill creates the folder that it is given, and its content.
 */
export async function makeFolder(directory: string, fill: (unfinished: string) => Promise<void>): Promise<void> {
  if (existsSync(directory)) return;
  const unfinished = `${directory}.${process.pid}.unfinished`;
  await mkdir(dirname(directory), { recursive: true });
  try {
    await fill(unfinished);
    await rename(unfinished, directory).catch((error: NodeJS.ErrnoException) => {
      // Another process finished first.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
