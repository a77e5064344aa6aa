// The caller's token on disk: random, readable only by its owner, and known to cwii.yaml by its digest.

import { createHash, randomBytes } from 'node:crypto';
import { CwiiError } from '../lib/common/errors.ts';
import { readTextFile, type TextFileOptions } from '../lib/common/text-file.ts';
import { writeTextFile } from './write-file.ts';

/** 256 random bits, in characters that are valid in a bearer token and in the path of a URL. */
export function createSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256 in hex, as `callers` in cwii.yaml has it. */
export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/**
 * The secret in a file, without surrounding white space, which the API server ignores too (client-go,
 * tokenFile).
 *
 * @throws {CwiiError} `file-unreadable`, or `token-malformed` for content that no caller could send.
 */
export function readSecret(file: string, options: TextFileOptions = {}): string {
  const text = readTextFile(file, 'file-unreadable', options).trim();
  // RFC 6750, section 2.1. The message must not show the content.
  if (!/^[\w.~+/-]+=*$/.test(text)) {
    throw new CwiiError(
      'token-malformed',
      `${options.label ?? file} does not contain a bearer token, a single word of letters, digits and -._~+/; choose another file, or replace its content with \`cwii caller-token --out ${file} --force\``,
    );
  }
  return text;
}

/** @throws {CwiiError} `file-exists` unless forced, or `file-unwritable`. */
export function writeSecret(file: string, secret: string, force = false): void {
  writeTextFile(file, `${secret}\n`, { secret: true, replace: force });
}
