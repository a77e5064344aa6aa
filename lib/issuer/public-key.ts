// Validates one JSON Web Key (RFC 7517, 7518), and selects the members that are published.

import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

export type Algorithm = 'RS256' | 'RS384' | 'RS512' | 'ES256' | 'ES384' | 'ES512';

interface Named {
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: Algorithm;
}

interface RsaKey extends Named {
  readonly kty: 'RSA';
  readonly n: string;
  readonly e: string;
}

interface EcKey extends Named {
  readonly kty: 'EC';
  readonly crv: string;
  readonly x: string;
  readonly y: string;
}

export type PublicKey = RsaKey | EcKey;

/** RFC 7518, sections 6.2.2 and 6.3.2, and the symmetric key of section 6.4. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

const RSA_ALGORITHMS: readonly string[] = ['RS256', 'RS384', 'RS512'];
const CURVE_ALGORITHMS: Readonly<Record<string, Algorithm>> = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' };

/** Required by RFC 7518, section 3.3, and by every cloud. */
const MIN_RSA_BITS = 2048;

const KID = /^[\x21-\x7e]{1,256}$/;

/**
 * The public key in a JWK, with only the members that verification needs.
 *
 * @throws {Error} whose message continues the sentence `the key … `. It contains no key material.
 */
export function readPublicKey(jwk: unknown): PublicKey {
  if (typeof jwk !== 'object' || jwk === null) throw new Error('is not a JSON object');
  const member = (name: string): unknown => (Object.hasOwn(jwk, name) ? Reflect.get(jwk, name) : undefined);
  const secret = PRIVATE_MEMBERS.filter((name) => member(name) !== undefined);
  if (secret.length > 0) {
    throw new Error(
      `has private members (${secret.join(', ')}): anyone who read it can sign tokens of this cluster; treat it as compromised, replace it and find out what publishes it`,
    );
  }
  const [kid, use, alg, kty] = ['kid', 'use', 'alg', 'kty'].map(member);
  if (typeof kid !== 'string' || !KID.test(kid)) throw new Error('has no valid kid, so clouds cannot find it');
  if (use !== 'sig') throw new Error(`has the use ${show(use)}; a key for signing tokens must have "sig"`);
  if (kty === 'RSA') {
    if (alg !== undefined && !RSA_ALGORITHMS.includes(String(alg)))
      throw new Error(`has the algorithm ${show(alg)}; clouds accept ${RSA_ALGORITHMS.join(', ')} for an RSA key`);
    const { n, e } = textMembers(member, ['n', 'e']);
    const parsed = parse({ kty, n, e });
    checkRsa(parsed);
    return { kty, kid, use, alg: (alg as Algorithm | undefined) ?? 'RS256', ...canonical(parsed, ['n', 'e']) };
  }
  if (kty === 'EC') {
    const { crv, x, y } = textMembers(member, ['crv', 'x', 'y']);
    const algorithm = Object.hasOwn(CURVE_ALGORITHMS, crv) ? CURVE_ALGORITHMS[crv] : undefined;
    if (!algorithm)
      throw new Error(`is on the curve ${show(crv)}; clouds accept ${Object.keys(CURVE_ALGORITHMS).join(', ')}`);
    if (alg !== undefined && alg !== algorithm)
      throw new Error(`has the algorithm ${show(alg)}; a key on the curve ${crv} signs with ${algorithm}`);
    return { kty, kid, use, alg: algorithm, crv, ...canonical(parse({ kty, crv, x, y }), ['x', 'y']) };
  }
  throw new Error(`has the type ${show(kty)}; clouds accept RSA and EC`);
}

/** RFC 7638: the same for the same key, whatever its ID. */
export function thumbprintOf(key: PublicKey): string {
  const required =
    key.kty === 'RSA' ? { e: key.e, kty: key.kty, n: key.n } : { crv: key.crv, kty: key.kty, x: key.x, y: key.y };
  return createHash('sha256').update(JSON.stringify(required)).digest('base64url');
}

function textMembers<const Name extends string>(member: (name: string) => unknown, names: readonly Name[]) {
  const found = names.map((name) => {
    const value = member(name);
    if (typeof value !== 'string' || !/^[\w-]+$/.test(value)) throw new Error(`has no valid ${name}`);
    return [name, value] as const;
  });
  return Object.fromEntries(found) as Record<Name, string>;
}

/** OpenSSL parses the numbers, and rejects a point that is not on its curve. */
function parse(key: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ key, format: 'jwk' });
  } catch (error) {
    throw new Error('is not a valid public key', { cause: error });
  }
}

/** Normalizes the encoding, so that equal keys have equal thumbprints. */
function canonical<const Name extends string>(key: KeyObject, names: readonly Name[]): Record<Name, string> {
  const jwk = key.export({ format: 'jwk' });
  return textMembers((name) => jwk[name], names);
}

function checkRsa({ asymmetricKeyDetails: details }: KeyObject): void {
  const bits = details?.modulusLength ?? 0;
  if (bits < MIN_RSA_BITS) throw new Error(`has ${bits} bits; an RSA key needs at least ${MIN_RSA_BITS}`);
  const exponent = details?.publicExponent ?? 0n;
  if (exponent < 3n || exponent % 2n === 0n) throw new Error(`has the public exponent ${exponent}; use 65537`);
}

function show(value: unknown): string {
  return value === undefined ? '(none)' : JSON.stringify(value).slice(0, 60);
}
