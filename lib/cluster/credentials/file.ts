// A bearer token in a file that another process refreshes, as the kubelet does with projected tokens.

import { CwiiError } from '../../common/errors.ts';
import type { Credential } from './credential.ts';
import { audiencesOf, BEARER_TOKEN, claimsOf } from './token-claims.ts';

/** Reads the token of `path`, and reads it again when the file's modification time, size or inode changes. */
export class FileCredential implements Credential {
  readonly #path: string;
  /** Loaded only for this kind of credential, while the connection is made. */
  readonly #fs = import('node:fs/promises');
  #current: { readonly version: string; readonly token: string } | undefined;
  audiences: readonly string[] = [];
  tokenEndsAt: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async token(): Promise<string> {
    try {
      const { readFile, stat } = await this.#fs;
      const { mtimeMs, size, ino } = await stat(this.#path);
      const version = `${mtimeMs} ${size} ${ino}`;
      if (this.#current?.version !== version) this.#store(version, (await readFile(this.#path, 'utf8')).trim());
    } catch (error) {
      const message = `the cluster token cannot be read from ${this.#path}; check the path and its permissions`;
      throw new CwiiError('credential-unreadable', message, { cause: error });
    }
    if (!this.#current)
      throw new CwiiError('credential-unreadable', `the file ${this.#path} does not contain a bearer token`);
    return this.#current.token;
  }

  /** A file that is being written may be empty or incomplete: the last token is used until it is complete. */
  #store(version: string, token: string): void {
    if (!BEARER_TOKEN.test(token)) return;
    this.#current = { version, token };
    this.audiences = audiencesOf(token);
    const { exp } = claimsOf(token) ?? {};
    this.tokenEndsAt = exp && exp * 1000;
  }

  rejected(token: string): void {
    if (this.#current?.token === token) this.#current = undefined;
  }
}
