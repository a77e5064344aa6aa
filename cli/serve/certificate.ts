// The certificate and key of the server: reads the files again when they change, and warns before the end.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import { CwiiError } from '../../lib/common/errors.ts';
import { readTextFile } from '../../lib/common/text-file.ts';
import type { ServerLog } from './server-log.ts';

/** PEM: the certificate chain and its private key. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface KeyPairFiles {
  readonly tlsCert: string;
  readonly tlsKey: string;
}

/** Reading two small files is simpler than a watcher, and notices links that are replaced, as in a Secret. */
const CHECK_MS = 10_000;

const DAY_MS = 24 * 60 * 60 * 1000;
const WARN_MS = 14 * DAY_MS;

/** @throws {CwiiError} `file-unreadable`, or `tls-invalid` if the pair cannot be used. */
export function readKeyPair({ tlsCert, tlsKey }: KeyPairFiles): KeyPair {
  const pair = {
    cert: readTextFile(tlsCert, 'file-unreadable', { label: `--tls-cert ${tlsCert}` }),
    key: readTextFile(tlsKey, 'file-unreadable', { label: `--tls-key ${tlsKey}` }),
  };
  const certificate = parsed(() => new X509Certificate(pair.cert), `--tls-cert ${tlsCert} is not a certificate`);
  const key = parsed(() => createPrivateKey(pair.key), `--tls-key ${tlsKey} is not a private key`);
  if (!certificate.checkPrivateKey(key))
    throw new CwiiError(
      'tls-invalid',
      `--tls-key ${tlsKey} is not the key of --tls-cert ${tlsCert}; pass the certificate of the server first in its file, and its own key`,
    );
  try {
    createSecureContext(pair);
    return pair;
  } catch (error) {
    throw new CwiiError(
      'tls-invalid',
      `--tls-cert ${tlsCert} and --tls-key ${tlsKey} cannot be used: ${(error as Error).message}; pass a certificate and its own key, both in PEM`,
      { cause: error },
    );
  }
}

function parsed<T>(parse: () => T, problem: string): T {
  try {
    return parse();
  } catch (error) {
    const { message } = error as Error;
    throw new CwiiError('tls-invalid', `${problem} in PEM (${message}); correct the path`, { cause: error });
  }
}

/** Keeps the certificate of a server up to date with its files. */
export class ServedCertificate {
  readonly #files: KeyPairFiles;
  readonly #log: ServerLog;
  #current: KeyPair;
  #server: Pick<Server, 'setSecureContext'> | undefined;
  #failure: string | undefined;
  #warnedAt: number | undefined;

  /** @throws {CwiiError} as `readKeyPair` does. */
  constructor(files: KeyPairFiles, log: ServerLog) {
    this.#files = files;
    this.#log = log;
    this.#current = readKeyPair(files);
  }

  get pair(): KeyPair {
    return this.#current;
  }

  /** Date.now() at the end of the certificate. */
  get endsAt(): number {
    return Date.parse(new X509Certificate(this.#current.cert).validTo);
  }

  /** Looks at the files every few seconds, until the process ends. */
  serveOn(server: Pick<Server, 'setSecureContext'>, checkMs = CHECK_MS): void {
    this.#server = server;
    this.#warnBeforeEnd();
    setInterval(() => this.reload(), checkMs).unref();
  }

  /** Uses the files if they changed. New connections get the new certificate; established ones go on. */
  reload(): void {
    try {
      const pair = readKeyPair(this.#files);
      this.#failure = undefined;
      if (pair.cert !== this.#current.cert || pair.key !== this.#current.key) this.#use(pair);
    } catch (error) {
      // The two files are replaced one after the other, and do not match in between.
      const { message, code } = error as CwiiError;
      if (this.#failure !== message)
        this.#log.warn('certificate', 'certificate-not-reloaded', `${message} (${code}); the last one is still used`);
      this.#failure = message;
    }
    this.#warnBeforeEnd();
  }

  #use(pair: KeyPair): void {
    this.#server?.setSecureContext(pair);
    this.#current = pair;
    this.#warnedAt = undefined;
    this.#log.info('certificate', `reloaded; it ends at ${new Date(this.endsAt).toISOString()}`);
  }

  /** Once a day. */
  #warnBeforeEnd(now = Date.now()): void {
    const left = this.endsAt - now;
    if (left > WARN_MS || (this.#warnedAt !== undefined && now - this.#warnedAt < DAY_MS)) return;
    this.#warnedAt = now;
    const end = new Date(this.endsAt).toISOString();
    const days = Math.floor(left / DAY_MS);
    const text = left > 0 ? `ends in ${days} day${days === 1 ? '' : 's'}, at ${end}` : `ended at ${end}`;
    this.#log.warn('certificate', 'certificate-expires', `--tls-cert ${this.#files.tlsCert} ${text}; replace it`);
  }
}
