// A bearer token from a file, which somebody else renews, as the kubelet does with projected tokens.

import { CwiiError } from '../../common/errors.ts';
import type { Credential } from './credential.ts';
import { audiencesOf, BEARER_TOKEN } from './token-claims.ts';

/** The token of `path`, read again when the file changes: by its modification time, size and inode. */
export class FileCredential implements Credential {
  readonly #path: string;
  /** Loaded where there is such a file, while the connection is made. */
  readonly #fs = import('node:fs/promises');
  #known: { readonly version: string; readonly token: string } | undefined;
  audiences: readonly string[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  async token(): Promise<string> {
    try {
      const { readFile, stat } = await this.#fs;
      const { mtimeMs, size, ino } = await stat(this.#path);
      const version = `${mtimeMs} ${size} ${ino}`;
      if (this.#known?.version !== version) this.#learn(version, (await readFile(this.#path, 'utf8')).trim());
    } catch (error) {
      const message = `the cluster token cannot be read from ${this.#path}`;
      throw new CwiiError('credential-unreadable', message, { cause: error });
    }
    if (!this.#known) throw new CwiiError('credential-unreadable', `the file ${this.#path} holds no bearer token`);
    return this.#known.token;
  }

  /** A file that is just being written may be empty or half there: until it is whole, the last token serves. */
  #learn(version: string, token: string): void {
    if (!BEARER_TOKEN.test(token)) return;
    this.#known = { version, token };
    this.audiences = audiencesOf(token);
  }

  rejected(token: string): void {
    if (this.#known?.token === token) this.#known = undefined;
  }
}
