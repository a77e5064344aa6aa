// Prints messages to standard error, so that the output of a command can be piped.

import { escapeControlsInLines } from '../lib/common/control-characters.ts';
import { describeError, withCode } from '../lib/common/describe-error.ts';
import type { CwiiError } from '../lib/common/errors.ts';
import type { WarningCode } from './warning-codes.ts';

/** A result or a next step. It has no code, because nothing needs to be explained or corrected. */
export function note(message: string): void {
  print(message);
}

/** A condition that the user should check; `cwii explain CODE` documents it. */
export function warn(code: WarningCode, message: string): void {
  print(`warning: ${withCode(message, code)}`);
}

export function reportError(error: CwiiError): void {
  print(describeError(error));
}

/** Names and texts in a message can come from manifests, the kubeconfig or another program. */
function print(message: string): void {
  process.stderr.write(escapeControlsInLines(`cwii: ${message}\n`));
}
