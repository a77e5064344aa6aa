// Reads text files, with errors that name the file and the reason.

import { closeSync, openSync, readSync } from 'node:fs';
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
    return readBounded(path);
  } catch (error) {
    if (error instanceof TooLargeError) throw new CwiiError(code, `${label} ${error.message}`, { cause: error });
    const remedy = isMissingFile(error) && remedyIfMissing !== undefined ? `; ${remedyIfMissing}` : '';
    throw new CwiiError(code, `${label} ${describeReadError(error)}${remedy}`, { cause: error });
  }
}

/** Certificates, tokens, cwii.yaml and outputs of stacks are far smaller. */
const MAX_BYTES = 16 * 1024 * 1024;

class TooLargeError extends Error {}

/** A pipe or a device has no size, so the limit is on what is read. */
function readBounded(path: string): string {
  const descriptor = openSync(path, 'r');
  try {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for (;;) {
      const chunk = Buffer.alloc(64 * 1024);
      const length = readSync(descriptor, chunk);
      if (length === 0) return Buffer.concat(chunks).toString('utf8');
      bytes += length;
      if (bytes > MAX_BYTES) throw new TooLargeError('is larger than 16 MiB; name another file');
      chunks.push(chunk.subarray(0, length));
    }
  } finally {
    closeSync(descriptor);
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
