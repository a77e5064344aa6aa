// What an operator can ask for, besides the scheduled run: to drop a key at once, and to take that back.

import * as z from 'zod/mini';
import { CwiiError } from '../common/errors.ts';

export interface Command {
  /** Key IDs that are to be served no more, from now on and whatever the cluster publishes. */
  readonly drop: readonly string[];
  /** Key IDs that were dropped and may be served again. */
  readonly undrop: readonly string[];
}

export const noCommand: Command = { drop: [], undrop: [] };

const kids = z.optional(z.array(z.string().check(z.minLength(1))).check(z.minLength(1)));

const commandView = z.strictObject({ drop: kids, undrop: kids });

/** Strict: a misspelt command that ran as a scheduled run would leave a compromised key where it is, and say nothing. */
export function parseCommand(event: unknown): Command {
  const parsed = commandView.safeParse(event);
  if (!parsed.success) {
    throw new CwiiError(
      'issuer-command-unknown',
      'this is no command; send {"drop":["KID"]} to serve a key no more, {"undrop":["KID"]} to take that back, or {} to copy the keys now',
    );
  }
  const { drop = [], undrop = [] } = parsed.data;
  const both = drop.find((kid) => undrop.includes(kid));
  if (both !== undefined)
    throw new CwiiError('issuer-command-unknown', `"${both}" cannot be dropped and taken back in one command`);
  return { drop, undrop };
}
