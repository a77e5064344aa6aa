// A fake credential with a list of tokens; a rejected token is replaced with the next one.

import type { Credential } from '../../lib/cluster/credentials/credential.ts';

export class ListedTokens implements Credential {
  audiences: readonly string[] = [];
  readonly rejections: string[] = [];
  readonly #tokens: string[];

  constructor(...tokens: [string, ...string[]]) {
    this.#tokens = tokens;
  }

  async token(): Promise<string> {
    return this.#tokens[0] ?? '';
  }

  rejected(token: string): void {
    this.rejections.push(token);
    if (this.#tokens.length > 1 && this.#tokens[0] === token) this.#tokens.shift();
  }
}
