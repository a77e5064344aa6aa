// Verifies callers that present a token of the cluster's issuer: ServiceAccount tokens, and those that the
// API server issues for a webhook (KEP-6060).
//
// This folder imports packages, and of cwii only types. Otherwise the bundler would move shared modules out
// of the entry of the function (docs/decisions/029-services-as-a-part.md).

import { hash } from 'node:crypto';
import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import type { CallerTokenRules } from '../settings/webhook-config.ts';
import type { ClusterKeys, IssuerKeys } from './cluster-keys.ts';

/** Signatures of Kubernetes' ServiceAccount issuer (RFC 7518). No symmetric algorithm, and not `none`. */
const ALGORITHMS = ['RS256', 'ES256', 'ES384', 'ES512'];

/** Between the clocks of the API server and of the function. */
const CLOCK_TOLERANCE_SECONDS = 60;

/** Verified tokens that are kept: those of several API servers, with one renewal each. */
const MOST_KEPT = 64;

/** A kept token is verified again after this time, so that a removed key stops it. */
const LONGEST_KEPT_MS = 5 * 60_000;

export type CallerVerdict =
  | {
      readonly accepted: true;
      /** The API groups of the objects that the caller may send; undefined for all. */
      readonly apiGroups: readonly string[] | undefined;
    }
  | { readonly accepted: false; readonly reason: string };

/** The place where a token was presented. */
export interface Presentation {
  readonly token: string;
  /** The URL of the request, without its query. Undefined if it is not known from a trustworthy source. */
  readonly url: URL | undefined;
}

interface KeptVerdict {
  readonly verdict: CallerVerdict & { readonly accepted: true };
  /** Milliseconds since the epoch. */
  readonly until: number;
}

export class CallerTokens {
  readonly #rules: CallerTokenRules;
  readonly #keys: ClusterKeys;
  readonly #now: () => number;
  /** By the digest of the token, and the URL. Only verified tokens are here, so a stranger cannot fill it. */
  readonly #kept = new Map<string, KeptVerdict>();

  constructor(rules: CallerTokenRules, keys: ClusterKeys, now: () => number = Date.now) {
    this.#rules = rules;
    this.#keys = keys;
    this.#now = now;
  }

  /**
   * The reason of a rejection is for the log. It repeats nothing that the token says.
   *
   * @throws if the cluster's keys cannot be read, so that nobody can say whether the token is valid.
   */
  async verify({ token, url }: Presentation): Promise<CallerVerdict> {
    // Not the token itself, which would be a secret in memory.
    const name = `${hash('sha256', token, 'base64')} ${url?.href}`;
    const kept = this.#kept.get(name);
    if (kept && this.#now() < kept.until) return kept.verdict;
    this.#kept.delete(name);
    const audiences = this.#audiencesAt(url);
    const claims = claimedBy(token);
    // Before the signature: other tokens of the cluster, and invented ones, cost no key and no read of keys.
    const reason = this.#reasonAgainst(claims, audiences);
    if (reason !== undefined) return { accepted: false, reason };
    const verified = await this.#verifySignature(token, audiences);
    if ('reason' in verified) return { accepted: false, reason: verified.reason };
    return this.#keep(name, verified.claims);
  }

  /** The audiences that a token may have at this URL. */
  #audiencesAt(url: URL | undefined): readonly string[] {
    if (this.#rules.audiences) return this.#rules.audiences;
    return url ? [...new Set([`${url.origin}/mutate`, `${url.origin}${url.pathname}`])] : [];
  }

  #reasonAgainst(claims: JWTPayload | undefined, audiences: readonly string[]): string | undefined {
    if (!claims) return 'its bearer token is not a JSON Web Token';
    if (claims.sub === undefined || !this.#rules.subjects.includes(claims.sub))
      return "its token's subject is not in CWII_CALLER_SUBJECTS";
    if (![claims.aud].flat().some((audience) => audience !== undefined && audiences.includes(audience)))
      return `its token is not for the audience ${audiences.join(' or ')}`;
    if (typeof claims.exp !== 'number') return 'its token has no expiry';
    if (claims.exp + CLOCK_TOLERANCE_SECONDS <= this.#now() / 1000) return 'its token has expired';
    return attestedGroups(claims) === 'invalid' ? "its token's attestation has an unknown form" : undefined;
  }

  async #verifySignature(
    token: string,
    audiences: readonly string[],
  ): Promise<{ readonly claims: JWTPayload } | { readonly reason: string }> {
    const first = await this.#attempt(token, audiences, await this.#keys.current());
    if (!('stale' in first)) return first;
    const changed = await this.#keys.changed();
    return changed ? await this.#attempt(token, audiences, changed) : first;
  }

  async #attempt(
    token: string,
    audiences: readonly string[],
    { issuer, keyFor }: IssuerKeys,
  ): Promise<{ readonly claims: JWTPayload } | { readonly reason: string; readonly stale?: true }> {
    try {
      const { payload } = await jwtVerify(token, keyFor, {
        issuer,
        audience: [...audiences],
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(this.#now()),
        requiredClaims: ['exp', 'sub'],
      });
      return { claims: payload };
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
      return rejectionBy(error);
    }
  }

  #keep(name: string, claims: JWTPayload): CallerVerdict {
    const groups = attestedGroups(claims);
    const apiGroups = groups === undefined || groups === 'invalid' || groups.includes('*') ? undefined : groups;
    const verdict = { accepted: true, apiGroups } as const;
    const expiry = ((claims.exp ?? 0) + CLOCK_TOLERANCE_SECONDS) * 1000;
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(name, { verdict, until: Math.min(expiry, this.#now() + LONGEST_KEPT_MS) });
    return verdict;
  }
}

/**
 * The API groups that a token of KEP-6060 is attested for. `*` means all. Undefined for a token without an
 * attestation, such as one that `kubectl create token` made.
 */
function attestedGroups(claims: JWTPayload): readonly string[] | 'invalid' | undefined {
  const { attestations } = (claims['kubernetes.io'] ?? {}) as { attestations?: unknown };
  if (attestations === undefined) return undefined;
  const groups = (attestations as { admissionReviewAPIGroups?: unknown } | null)?.admissionReviewAPIGroups;
  const valid = Array.isArray(groups) && groups.length > 0 && groups.every((group) => typeof group === 'string');
  return valid ? groups : 'invalid';
}

/** The claims of a token, not verified. Undefined if it is not a JWT (RFC 7519, section 7.2). */
function claimedBy(token: string): JWTPayload | undefined {
  try {
    return decodeJwt(token);
  } catch (error) {
    if (error instanceof errors.JWTInvalid) return undefined;
    throw error;
  }
}

function rejectionBy(error: errors.JOSEError): { readonly reason: string; readonly stale?: true } {
  switch (error.code) {
    case errors.JWKSNoMatchingKey.code:
      return { reason: "the cluster's issuer has no key with its token's key ID", stale: true };
    case errors.JWSSignatureVerificationFailed.code:
      return { reason: "the signature of its token is not that of the cluster's issuer", stale: true };
    case errors.JOSEAlgNotAllowed.code:
      return { reason: `its token is not signed with ${ALGORITHMS.join(', ')}` };
    case errors.JWTExpired.code:
      return { reason: 'its token has expired' };
    case errors.JWTClaimValidationFailed.code: {
      const { claim } = error as errors.JWTClaimValidationFailed;
      // The API server signs with its first --service-account-issuer, which may have changed.
      if (claim === 'iss') return { reason: "its token has another issuer than the cluster's tokens", stale: true };
      if (claim === 'nbf') return { reason: 'its token is not valid yet; compare the clocks' };
      return { reason: `the claim ${claim} of its token is invalid` };
    }
    default:
      return { reason: 'its token is malformed' };
  }
}
