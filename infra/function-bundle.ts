// Locates the built functions, in a checkout (dist/ next to infra/) and in the installed package.

import { existsSync } from 'node:fs';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { CwiiError } from '../lib/common/errors.ts';
import { packageFile } from '../lib/common/package-root.ts';

/** A function of the package: a folder of functions/. */
export type FunctionName = 'webhook' | 'issuer' | 'token-rotation';

/** Files in a bundle's folder that are not part of the function. CDK and the zip files leave them out. */
export const notDeployed: readonly string[] = ['metafile.json'];

/**
 * The code to deploy: the same bytes that the tests ran.
 *
 * @throws {CwiiError} `bundle-not-built` if the function's bundle is missing.
 */
export function functionCode(name: FunctionName, root: string = packageFile()): Code {
  const folder = `${root}/dist/${name}`;
  if (!existsSync(`${folder}/index.mjs`)) {
    throw new CwiiError(
      'bundle-not-built',
      `${folder}/index.mjs is missing; run \`npm run build\` in a checkout, or reinstall the package cwii`,
    );
  }
  return Code.fromAsset(folder, { exclude: [...notDeployed] });
}
