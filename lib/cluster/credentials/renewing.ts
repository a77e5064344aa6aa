// When a token is got anew: before it expires, beside the requests that it still serves, and once for all who wait.

import type { Credential } from './credential.ts';
import { audiencesOf } from './token-claims.ts';

/** Times are those of Date.now(): the monotonic clock may stand still while a sandbox is frozen. */
export interface ObtainedToken {
  readonly token: string;
  /** From here on another one is got, while this one still serves. */
  readonly renewAt: number;
  /** From here on it is not sent any more. */
  readonly expiresAt: number;
}

export interface Renewing {
  /** Gets a token, by work that ends by itself within a few seconds. @throws {CwiiError} `credential-unreadable` */
  readonly obtain: () => Promise<ObtainedToken>;
  /** What is known of the audiences before there is a token. */
  readonly audiences?: readonly string[];
  /** Told of a renewal that failed while the old token still served, which no request shows. */
  readonly report: (error: unknown) => void;
}

/** After a renewal that nobody waited for has failed. */
const PAUSE_MS = 5_000;

/** Longer than `obtain` takes: a sandbox that was frozen meanwhile would wait for an answer that never comes. */
const LONGEST_RENEWAL_MS = 6_000;

interface Renewal {
  readonly startedAt: number;
  readonly token: Promise<string>;
}

/** Keeps a token that expires, and whose successor has to be asked for. */
export class RenewingCredential implements Credential {
  readonly #renewing: Renewing;
  #known: (ObtainedToken & { readonly obtainedAt: number }) | undefined;
  #renewal: Renewal | undefined;
  #failedAt: number | undefined;
  /** Those of the last token, which hold though it may serve no longer. */
  #audiences: readonly string[] = [];

  constructor(renewing: Renewing) {
    this.#renewing = renewing;
  }

  get audiences(): readonly string[] {
    return [...(this.#renewing.audiences ?? []), ...this.#audiences];
  }

  async token(): Promise<string> {
    const now = Date.now();
    const known = this.#known;
    if (!known || now >= known.expiresAt) return this.#renew(now);
    // A clock that was set back says nothing of the token's age.
    const due = now >= known.renewAt || now < known.obtainedAt;
    if (due && !isBetween(now, this.#failedAt, PAUSE_MS)) this.#renew(now).catch(this.#renewing.report);
    return known.token;
  }

  rejected(token: string): void {
    if (this.#known?.token !== token) return;
    this.#known = undefined;
    // What is under way may bring the same token once more.
    this.#renewal = undefined;
  }

  /** The renewal that is under way, or a new one. */
  #renew(now: number): Promise<string> {
    if (this.#renewal && isBetween(now, this.#renewal.startedAt, LONGEST_RENEWAL_MS)) return this.#renewal.token;
    const renewal: Renewal = { startedAt: now, token: this.#obtain(now, () => this.#renewal === renewal) };
    this.#renewal = renewal;
    return renewal.token;
  }

  /** @param counts whether this is still the renewal that others wait for. */
  async #obtain(now: number, counts: () => boolean): Promise<string> {
    try {
      const obtained = await this.#renewing.obtain();
      if (counts()) {
        this.#known = { ...obtained, obtainedAt: now };
        this.#audiences = audiencesOf(obtained.token);
        this.#failedAt = undefined;
      }
      return obtained.token;
    } catch (error) {
      if (counts()) this.#failedAt = Date.now();
      throw error;
    } finally {
      if (counts()) this.#renewal = undefined;
    }
  }
}

function isBetween(now: number, since: number | undefined, milliseconds: number): boolean {
  return since !== undefined && now >= since && now < since + milliseconds;
}
