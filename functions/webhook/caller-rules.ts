// Who may call: a bearer token or a key in the path, known only by their SHA-256 digests.

import { crypto } from '../../lib/common/node-builtins.ts';

export interface CallerRules {
  /** SHA-256 digests of bearer tokens that are accepted; two while rotating. */
  readonly tokenDigests: readonly Buffer[];
  /** SHA-256 digests of keys that are accepted in the path `/k/<key>`. */
  readonly pathKeyDigests: readonly Buffer[];
  /** Accept everybody: only ever configured together with no digests. */
  readonly anonymous: boolean;
}

/** What a call shows of its caller. */
export interface Credentials {
  readonly authorization: string | undefined;
  readonly pathKey: string | undefined;
}

/** RFC 6750, section 2.1; the scheme's name is case-insensitive (RFC 9110, section 11.1). */
const BEARER = /^Bearer +([\w.~+/-]+=*) *$/i;

export function isAuthentic(rules: CallerRules, { authorization, pathKey }: Credentials): boolean {
  if (rules.anonymous) return true;
  const token = BEARER.exec(authorization ?? '')?.[1];
  const byToken = matchesAny(rules.tokenDigests, token);
  const byKey = matchesAny(rules.pathKeyDigests, pathKey);
  return byToken || byKey;
}

/** Compares with every digest, in constant time, whatever was sent and without stopping at a match. */
function matchesAny(digests: readonly Buffer[], secret: string | undefined): boolean {
  // Whether there are any is the configuration's secret, not the caller's.
  if (digests.length === 0) return false;
  // By way of text, because the memory of a buffer that OpenSSL fills costs more than the digest itself.
  const digest = Buffer.from(crypto.hash('sha256', secret ?? '', 'hex'), 'hex');
  let matches = 0;
  for (const candidate of digests) matches |= Number(crypto.timingSafeEqual(candidate, digest));
  return matches === 1 && secret !== undefined;
}
