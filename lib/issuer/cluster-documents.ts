// Validates the cluster's discovery document and key set before anything of them is published.

import * as z from 'zod/mini';
import { CwiiError } from '../common/errors.ts';
import { parseJson } from '../common/json.ts';
import { type PublicKey, readPublicKey } from './public-key.ts';

/** Both documents as the API server sent them. */
export interface ClusterDocuments {
  readonly discovery: string;
  readonly jwks: string;
}

/** The limit of AWS, for RSA keys and for EC keys each. */
export const MAX_KEYS_OF_A_TYPE = 100;

/** RSA and EC. */
const KEY_TYPES = 2;

/**
 * Limits on what a message repeats of the cluster's documents: invalid keys, and characters of the issuer.
 */
const [MAX_PROBLEMS, MAX_ISSUER] = [10, 200];

const discoveryView = z.object({
  issuer: z.string(),
  id_token_signing_alg_values_supported: z.array(z.string()).check(z.minLength(1)),
});

const keySetView = z.object({ keys: z.array(z.unknown()) });

/**
 * The cluster's keys.
 *
 * @param issuer that the clouds trust; the cluster's must be identical, byte by byte.
 * @throws {CwiiError} `issuer-document-unreadable`, `issuer-mismatch`, or `issuer-keys-invalid` naming the
 * invalid keys.
 */
export function readClusterKeys(issuer: string, documents: ClusterDocuments): PublicKey[] {
  const discovery = discoveryView.safeParse(parseJson(documents.discovery));
  if (!discovery.success)
    throw unreadable('/.well-known/openid-configuration', 'a discovery document', documents.discovery);
  checkIssuer(issuer, discovery.data.issuer);
  return readKeySet(documents.jwks);
}

/**
 * The keys of a JWKS: all of them, or an error.
 *
 * @throws {CwiiError} `issuer-document-unreadable`, or `issuer-keys-invalid` naming the invalid keys.
 */
export function readKeySet(text: string): PublicKey[] {
  const set = keySetView.safeParse(parseJson(text));
  if (!set.success) throw unreadable('/openid/v1/jwks', 'a key set', text);
  const count = set.data.keys.length;
  // The keys are not parsed if there are too many of them.
  if (count > KEY_TYPES * MAX_KEYS_OF_A_TYPE)
    throw invalid([
      `there are ${count} keys, but AWS accepts at most ${MAX_KEYS_OF_A_TYPE} RSA and ${MAX_KEYS_OF_A_TYPE} EC keys`,
    ]);
  const keys: PublicKey[] = [];
  const problems: string[] = [];
  for (const [index, jwk] of set.data.keys.entries()) {
    try {
      keys.push(readPublicKey(jwk));
    } catch (error) {
      problems.push(`the key ${keyName(jwk, index)} ${(error as Error).message}`);
    }
  }
  for (const kid of duplicates(keys.map((key) => key.kid))) problems.push(`several keys have the ID "${kid}"`);
  for (const kty of ['RSA', 'EC'] as const) {
    const ofType = keys.filter((key) => key.kty === kty).length;
    if (ofType > MAX_KEYS_OF_A_TYPE)
      problems.push(
        `there are ${ofType} ${kty} keys, but AWS accepts at most ${MAX_KEYS_OF_A_TYPE}; remove those that no longer sign`,
      );
  }
  if (count === 0) problems.push('it has no key');
  if (problems.length === 0) return keys;
  throw invalid(problems);
}

function invalid(problems: readonly string[]): CwiiError {
  const shown = problems.slice(0, MAX_PROBLEMS);
  if (problems.length > shown.length) shown.push(`and ${problems.length - shown.length} more`);
  return new CwiiError(
    'issuer-keys-invalid',
    `the API server's key set (/openid/v1/jwks) is not published: ${shown.join('; ')}. The API server takes its keys from --service-account-key-file and --service-account-signing-key-file`,
  );
}

function checkIssuer(wanted: string, found: string): void {
  if (found === wanted) return;
  const slash = found === `${wanted}/` || wanted === `${found}/` ? ' They differ only in the slash at the end.' : '';
  throw new CwiiError(
    'issuer-mismatch',
    `the API server's issuer is "${found.slice(0, MAX_ISSUER)}", but CWII_ISSUER_URL is "${wanted}", and clouds compare them byte by byte.${slash} Start every API server with --service-account-issuer=${wanted} as the first of these flags and keep the old value as a further one, or set the issuer in cwii.yaml to the API server's`,
  );
}

function unreadable(path: string, what: string, text: string): CwiiError {
  const guess = /^\s*</.test(text)
    ? 'it looks like HTML, so a proxy or load balancer may have answered instead'
    : 'it may be incomplete, or another server may have answered';
  return new CwiiError(
    'issuer-document-unreadable',
    `the answer of the API server at ${path} is not ${what}: ${guess}. Compare \`kubectl get --raw ${path}\`, and check CWII_KUBE_API_URL`,
  );
}

function keyName(jwk: unknown, index: number): string {
  const kid = typeof jwk === 'object' && jwk !== null && 'kid' in jwk ? jwk.kid : undefined;
  return typeof kid === 'string' && kid !== '' ? `"${kid.slice(0, 100)}"` : `number ${index + 1}`;
}

function duplicates(names: readonly string[]): Set<string> {
  return new Set(names.filter((name, index) => names.indexOf(name) !== index));
}
