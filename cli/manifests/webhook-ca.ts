// Reads the CA of the webhook's certificate, for a URL whose certificate is not from a public CA.

import { CwiiError } from '../../lib/common/errors.ts';
import { readTextFile } from '../../lib/common/text-file.ts';
import { certificates } from '../../lib/settings/parsers.ts';

/** @throws {CwiiError} `file-unreadable`, also for a file without certificates. */
export function readWebhookCa(file: string): string {
  const label = `--webhook-ca ${file}`;
  const remedyIfMissing = 'name the PEM file of the CA that signs the certificate of the webhook';
  const text = readTextFile(file, 'file-unreadable', { label, remedyIfMissing });
  try {
    return certificates(text);
  } catch (error) {
    throw new CwiiError('file-unreadable', `${label} ${(error as Error).message}`, { cause: error });
  }
}
