// The port for the bearer token that requests to the API server are sent with.

export interface Credential {
  /** Issuer and audiences of the last token: the API server accepts every token with such an audience. */
  readonly audiences: readonly string[];
  /** Date.now() when a token ends that somebody else must replace. Undefined if it is unknown. */
  readonly tokenEndsAt?: number | undefined;
  /**
   * The token for the next request.
   *
   * @throws {CwiiError} `credential-unreadable` naming where the token was looked for.
   */
  token(): Promise<string>;
  /** The API server answered 401 to this token, so the credential must get another one. */
  rejected(token: string): void;
}
