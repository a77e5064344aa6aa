// A token store in memory, and a fake token API of a cluster with fixed answers.

import { CwiiError } from '../../lib/common/errors.ts';
import type { TokenApi, TokenStore } from '../../lib/token-rotation/rotate.ts';

export class MemoryStore implements TokenStore {
  readonly remedy = 'put one by hand';
  token: string;
  unwritable = false;

  constructor(token: string) {
    this.token = token;
  }

  async read(): Promise<string> {
    return this.token;
  }

  async write(token: string): Promise<void> {
    if (this.unwritable) throw new CwiiError('credential-unreadable', 'it cannot be written');
    this.token = token;
  }
}

export class ScriptedTokenApi implements TokenApi {
  readonly asked: { readonly token: string; readonly seconds: number }[] = [];
  readonly reviewed: string[] = [];
  readonly #next: string | Error;
  readonly #user: string | Error;

  constructor(next: string | Error, user: string | Error) {
    this.#next = next;
    this.#user = user;
  }

  async request(token: string, _: unknown, seconds: number): Promise<string> {
    this.asked.push({ token, seconds });
    if (this.#next instanceof Error) throw this.#next;
    return this.#next;
  }

  async userOf(token: string): Promise<string> {
    this.reviewed.push(token);
    if (this.#user instanceof Error) throw this.#user;
    return this.#user;
  }
}
