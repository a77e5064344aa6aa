// Reads text files, with errors that name the file and the reason.

import { readFileSync } from 'node:fs';
import type { ErrorCode } from './error-codes.ts';
import { CwiiError } from './errors.ts';

export interface TextFileOptions {
  /** How messages name the file. @default its path */
  readonly label?: string;
  /** The remedy if the file does not exist, as the end of the message. */
  readonly remedyIfMissing?: string;
}

/**
 * @throws {CwiiError} with `code` and a message such as `ca.crt does not exist` or `ca.crt cannot be read
 * (EACCES)`.
 */
export function readTextFile(path: string, code: ErrorCode, options: TextFileOptions = {}): string {
  const { label = path, remedyIfMissing } = options;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const remedy = isMissingFile(error) && remedyIfMissing !== undefined ? `; ${remedyIfMissing}` : '';
    throw new CwiiError(code, `${label} ${describeReadError(error)}${remedy}`, { cause: error });
  }
}

/** Why a file or directory could not be read, as the end of a sentence. */
export function describeReadError(error: unknown): string {
  return isMissingFile(error) ? 'does not exist' : `cannot be read (${fileErrorCode(error)})`;
}

/** Why a file could not be written, as the end of a sentence. */
export function describeWriteError(error: unknown): string {
  return `cannot be written (${fileErrorCode(error)})`;
}

/** The system's code, such as `EACCES`; undefined if the error does not come from the file system. */
export function fileErrorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

function isMissingFile(error: unknown): boolean {
  return fileErrorCode(error) === 'ENOENT';
}
