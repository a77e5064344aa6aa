// The port through which the function gets the bearer token for the cluster's API.

export interface Credential {
  /** Who the last token was issued by and for: with such an audience any token is a key to the cluster. */
  readonly audiences: readonly string[];
  /**
   * The token to send now.
   *
   * @throws {CwiiError} `credential-unreadable` naming where the token was looked for.
   */
  token(): Promise<string>;
  /** The API server answered 401 to this token: the next one must be got anew. */
  rejected(token: string): void;
}
