// Where the built functions are: beside the constructs in a checkout (infra/) and installed (dist/package/infra/).

import { existsSync } from 'node:fs';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { CwiiError } from '../lib/common/errors.ts';
import { packageFile } from '../lib/common/package-root.ts';
import { notDeployed } from './not-deployed.ts';

/** The folders of functions/. */
export type FunctionName = 'webhook' | 'issuer' | 'token-rotation';

/**
 * The bytes that are deployed, which are those that the tests ran.
 *
 * @throws {CwiiError} `bundle-not-built` where the function's bundle is missing.
 */
export function functionCode(name: FunctionName, root: string = packageFile()): Code {
  const folder = `${root}/dist/${name}`;
  if (!existsSync(`${folder}/index.mjs`)) {
    throw new CwiiError(
      'bundle-not-built',
      `${folder}/index.mjs is missing; in a checkout run "npm run build" first, otherwise install the package cwii again`,
    );
  }
  return Code.fromAsset(folder, { exclude: [...notDeployed] });
}
