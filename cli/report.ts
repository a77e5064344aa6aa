// Prints messages to standard error, so that the output of a command can be piped.

import { describeError, withCode } from '../lib/common/describe-error.ts';
import type { CwiiError } from '../lib/common/errors.ts';
import type { WarningCode } from './warning-codes.ts';

/** A result or a next step. It has no code, because nothing needs to be explained or corrected. */
export function note(message: string): void {
  process.stderr.write(`cwii: ${message}\n`);
}

/** A condition that the user should check; `cwii explain CODE` documents it. */
export function warn(code: WarningCode, message: string): void {
  process.stderr.write(`cwii: warning: ${withCode(message, code)}\n`);
}

export function reportError(error: CwiiError): void {
  process.stderr.write(`cwii: ${describeError(error)}\n`);
}
