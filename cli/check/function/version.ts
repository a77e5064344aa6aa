// Checks that the stack was deployed by this version of cwii.

import { packageVersion } from '../../../lib/common/package-root.ts';
import { type Check, type Outcome, passed, warning } from '../check.ts';
import { outputOf } from './outputs.ts';

export const version: Check = {
  code: 'function-version',
  run: async (context) => judgeFunctionVersion(outputOf(context, 'CwiiVersion'), packageVersion()),
};

export function judgeFunctionVersion(deployed: string, own: string): Outcome {
  if (deployed === own) return passed(own);
  return warning(
    `the stack was deployed by cwii ${deployed}, this is cwii ${own}`,
    'deploy the stack with this version, or run `cwii check` of the deployed one; run `cwii manifests` again after an update',
  );
}
