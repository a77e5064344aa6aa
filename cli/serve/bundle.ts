// Loads the bundle of the webhook function, the code that runs on Lambda.

import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { CwiiError } from '../../lib/common/errors.ts';
import { packageFile } from '../../lib/common/package-root.ts';
import type { ClusterCheck } from '../../lib/common/server-request.ts';
import type { FunctionUrlHandler } from './function-url.ts';

export interface Bundle {
  readonly handler: FunctionUrlHandler;
  readonly checkCluster: () => Promise<ClusterCheck | undefined>;
  /** Date.now() when the token of a file ends. Undefined if that is unknown, or if cwii refreshes it. */
  readonly tokenEndsAt: () => number | undefined;
}

/** @throws {CwiiError} `bundle-missing`, or `config-invalid` with the function's own message. */
export async function loadBundle(): Promise<Bundle> {
  const bundle = packageFile('dist', 'webhook', 'index.mjs');
  if (!existsSync(bundle))
    throw new CwiiError(
      'bundle-missing',
      'the function is not built; run `npm run build`, or reinstall the package cwii',
    );
  try {
    return (await import(pathToFileURL(bundle).href)) as Bundle;
  } catch (error) {
    // The bundle has its own copies of the error classes, so instanceof does not work.
    if (error instanceof Error && (error as { code?: string }).code === 'config-invalid')
      throw new CwiiError('config-invalid', error.message, { cause: error });
    throw error;
  }
}
