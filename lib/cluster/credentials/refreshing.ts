// A credential with a token that expires, refreshed in the background and once for all requests.

import type { Credential } from './credential.ts';
import { audiencesOf } from './token-claims.ts';

/** Times are those of Date.now(): the monotonic clock may stop while a sandbox is frozen. */
export interface ObtainedToken {
  readonly token: string;
  /** From this time on, the token is refreshed in the background. */
  readonly refreshAt: number;
  /** From this time on, the token is not used. */
  readonly expiresAt: number;
}

export interface RefreshingOptions {
  /** Gets a token; must end by itself within a few seconds. @throws {CwiiError} `credential-unreadable` */
  readonly obtain: () => Promise<ObtainedToken>;
  /** Audiences that are known before the first token. */
  readonly audiences?: readonly string[];
  /** Called if a refresh fails while the old token is still valid, which no request reports. */
  readonly onRefreshError: (error: unknown) => void;
}

/** The pause after a failed refresh in the background. */
const PAUSE_MS = 5_000;

/** Longer than `obtain` takes. A refresh older than that was frozen with its sandbox, and may never end. */
const MAX_REFRESH_MS = 6_000;

interface Refresh {
  readonly startedAt: number;
  readonly token: Promise<string>;
}

export class RefreshingCredential implements Credential {
  readonly #options: RefreshingOptions;
  #current: (ObtainedToken & { readonly obtainedAt: number }) | undefined;
  #refresh: Refresh | undefined;
  #failedAt: number | undefined;
  /** Those of the last token, also after it expired. */
  #audiences: readonly string[] = [];

  constructor(options: RefreshingOptions) {
    this.#options = options;
  }

  get audiences(): readonly string[] {
    return [...(this.#options.audiences ?? []), ...this.#audiences];
  }

  async token(): Promise<string> {
    const now = Date.now();
    const current = this.#current;
    if (!current || now >= current.expiresAt) return this.#startRefresh(now);
    // After the clock was set back, the age of the token is unknown.
    const isDue = now >= current.refreshAt || now < current.obtainedAt;
    if (isDue && !isWithin(now, this.#failedAt, PAUSE_MS)) this.#startRefresh(now).catch(this.#options.onRefreshError);
    return current.token;
  }

  rejected(token: string): void {
    if (this.#current?.token !== token) return;
    this.#current = undefined;
    // A refresh in progress may bring the same token again.
    this.#refresh = undefined;
  }

  /** Joins the refresh in progress, or starts one. */
  #startRefresh(now: number): Promise<string> {
    if (this.#refresh && isWithin(now, this.#refresh.startedAt, MAX_REFRESH_MS)) return this.#refresh.token;
    const refresh: Refresh = { startedAt: now, token: this.#obtain(now, () => this.#refresh === refresh) };
    this.#refresh = refresh;
    return refresh.token;
  }

  /** @param isCurrent whether no other refresh has replaced this one; otherwise its result is not stored. */
  async #obtain(now: number, isCurrent: () => boolean): Promise<string> {
    try {
      const obtained = await this.#options.obtain();
      if (isCurrent()) {
        this.#current = { ...obtained, obtainedAt: now };
        this.#audiences = audiencesOf(obtained.token);
        this.#failedAt = undefined;
      }
      return obtained.token;
    } catch (error) {
      if (isCurrent()) this.#failedAt = Date.now();
      throw error;
    } finally {
      if (isCurrent()) this.#refresh = undefined;
    }
  }
}

function isWithin(now: number, start: number | undefined, milliseconds: number): boolean {
  return start !== undefined && now >= start && now < start + milliseconds;
}
