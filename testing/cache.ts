// The folder for what is installed and built for tests: outside of the checkout, so that it is made once per
// machine.

import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';

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
