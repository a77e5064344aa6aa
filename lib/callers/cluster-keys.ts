// The issuer of a cluster and its signing keys, as the API server serves them, kept between requests.

import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

/** Both documents as the API server sent them. */
export interface IssuerDocuments {
  readonly discovery: string;
  readonly jwks: string;
}

export interface IssuerKeys {
  readonly issuer: string;
  /** Throws JWKSNoMatchingKey for an unknown `kid`. */
  readonly keyFor: JWTVerifyGetKey;
}

interface KeptKeys extends IssuerKeys {
  /** Milliseconds since the epoch. */
  readonly readAt: number;
}

/** The documents do not name an issuer and keys. */
export class UnusableKeysError extends Error {
  override name = 'UnusableKeysError';
}

/** Older keys are read again. With the verified tokens that are kept, a removed key counts for 15 minutes. */
export const LONGEST_AGE_MS = 10 * 60_000;

/** The shortest time between two reads, so that tokens with invented key IDs cannot cause more. */
export const SHORTEST_PAUSE_MS = 10_000;

export class ClusterKeys {
  readonly #readDocuments: () => Promise<IssuerDocuments>;
  readonly #now: () => number;
  #kept: KeptKeys | undefined;
  #reading: Promise<KeptKeys> | undefined;
  #failure: { readonly at: number; readonly error: unknown } | undefined;

  constructor(readDocuments: () => Promise<IssuerDocuments>, now: () => number = Date.now) {
    this.#readDocuments = readDocuments;
    this.#now = now;
  }

  /**
   * The issuer and the keys. They are read if none are kept, or if they are older than 10 minutes. If that
   * read fails, the kept ones still count: the API server that is down can have no other key by then.
   *
   * @throws the error of the last read if no keys are kept.
   */
  async current(): Promise<IssuerKeys> {
    if (this.#kept && this.#now() - this.#kept.readAt < LONGEST_AGE_MS) return this.#kept;
    try {
      return await this.#read();
    } catch (error) {
      if (this.#kept) return this.#kept;
      throw error;
    }
  }

  /**
   * The keys after a token did not fit the kept ones. Undefined if they were read less than ten seconds ago,
   * or cannot be read now.
   */
  async changed(): Promise<IssuerKeys | undefined> {
    if (this.#kept && this.#now() - this.#kept.readAt < SHORTEST_PAUSE_MS) return undefined;
    return await this.#read().catch(() => undefined);
  }

  /** One read at a time; after a failure, the next one waits for the pause. */
  #read(): Promise<KeptKeys> {
    const { error, at } = this.#failure ?? { error: undefined, at: Number.NEGATIVE_INFINITY };
    if (this.#now() - at < SHORTEST_PAUSE_MS) return Promise.reject(error);
    this.#reading ??= this.#readDocuments()
      .then(({ discovery, jwks }) => {
        this.#failure = undefined;
        this.#kept = { ...parseDocuments(discovery, jwks), readAt: this.#now() };
        return this.#kept;
      })
      .catch((cause: unknown) => {
        this.#failure = { at: this.#now(), error: cause };
        throw cause;
      })
      .finally(() => {
        this.#reading = undefined;
      });
    return this.#reading;
  }
}

/** @throws {UnusableKeysError} */
function parseDocuments(discovery: string, jwks: string): IssuerKeys {
  try {
    const { issuer } = JSON.parse(discovery) as { issuer?: unknown };
    if (typeof issuer !== 'string') throw new UnusableKeysError("the cluster's discovery document has no issuer");
    return { issuer, keyFor: createLocalJWKSet(JSON.parse(jwks) as JSONWebKeySet) };
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof errors.JWKSInvalid)) throw error;
    throw new UnusableKeysError('the API server served no discovery document, or no JSON Web Key Set', {
      cause: error,
    });
  }
}
