// A bearer token from a file, which somebody else renews, as the kubelet does with projected tokens.

import { readFile, stat } from 'node:fs/promises';
import { CwiiError } from '../../errors.ts';
import type { Credential } from './credential.ts';

/** The token of `path`, read again when the file changes: by its modification time, size and inode. */
export class FileCredential implements Credential {
  readonly #path: string;
  #known: { readonly version: string; readonly token: string } | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async token(): Promise<string> {
    try {
      const { mtimeMs, size, ino } = await stat(this.#path);
      const version = `${mtimeMs} ${size} ${ino}`;
      if (this.#known?.version !== version) {
        this.#known = { version, token: (await readFile(this.#path, 'utf8')).trim() };
      }
    } catch (error) {
      throw new CwiiError('credential-unreadable', `the cluster token cannot be read from ${this.#path}`, {
        cause: error,
      });
    }
    // RFC 6750, section 2.1; anything else cannot stand in a header.
    if (!/^[\w.~+/-]+=*$/.test(this.#known.token)) {
      throw new CwiiError('credential-unreadable', `the file ${this.#path} holds no bearer token`);
    }
    return this.#known.token;
  }

  rejected(token: string): void {
    if (this.#known?.token === token) this.#known = undefined;
  }
}
