// The caller's token on disk: made from random bytes, readable by its owner alone, known to cwii by its digest.

import { createHash, randomBytes } from 'node:crypto';
import { closeSync, fchmodSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { CwiiError } from '../lib/common/errors.ts';

/** 256 random bits in the characters that a bearer token and a URL's path can have. */
export function makeSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256 in hex, as `callers` of cwii.yaml has it. */
export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/**
 * The secret in a file, without the white space around it, which the API server drops as well (client-go, tokenFile).
 *
 * @throws {CwiiError} `file-unreadable`, or `token-malformed` for what no caller could send.
 */
export function readSecret(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CwiiError('file-unreadable', `${file} cannot be read (${code})`, { cause: error });
  }
  // RFC 6750, section 2.1. The content is not shown.
  if (!/^[\w.~+/-]+=*$/.test(text)) {
    throw new CwiiError(
      'token-malformed',
      `${file} has no bearer token: one word of letters, digits and -._~+/ is expected; \`cwii caller-token --out ${file}\` makes one`,
    );
  }
  return text;
}

/** @throws {CwiiError} `file-exists` unless forced, or `file-unwritable`. */
export function writeSecret(file: string, secret: string, force = false): void {
  try {
    const descriptor = openSync(file, force ? 'w' : 'wx', 0o600);
    try {
      // The mode above holds only for a new file; an old one is closed to others before the secret is in it.
      fchmodSync(descriptor, 0o600);
      writeFileSync(descriptor, `${secret}\n`);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw new CwiiError('file-exists', `${file} exists; choose another name, or overwrite it with --force`, {
        cause: error,
      });
    throw new CwiiError('file-unwritable', `${file} cannot be written (${code})`, { cause: error });
  }
}
