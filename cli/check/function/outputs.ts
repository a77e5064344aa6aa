// One output of the stack, which a check needs.

import { CwiiError } from '../../../lib/common/errors.ts';
import { Skipped } from '../check.ts';
import type { CheckContext } from '../context.ts';

/** @throws {Skipped} without the file or the output; {CwiiError} `outputs-unreadable`. */
export function outputOf({ outputs }: CheckContext, name: string): string {
  if (!outputs) throw new Skipped('cdk-outputs.json was not found');
  try {
    return outputs.get(name);
  } catch (error) {
    if (error instanceof CwiiError && error.code === 'output-missing') throw new Skipped(error.message);
    throw error;
  }
}
