// The documents of the issuer: those of the API server, and the published ones, fetched as a cloud does.

import { connectionFailure } from '../../../lib/cluster/http/status.ts';
import { CwiiError } from '../../../lib/common/errors.ts';
import { fieldOf, isObject, isString, parseJson } from '../../../lib/common/json.ts';
import { placesOf } from '../../../lib/issuer/issuer-url.ts';
import { Skipped } from '../check.ts';
import type { CheckCode } from '../check-codes.ts';
import type { CheckContext, Fact } from '../context.ts';
import { seconds } from '../time-limits.ts';
import { NoAnswer, type WebAnswer } from '../web-client.ts';
import { signedToken } from './signed-token.ts';

/** The limit of a check that fetches a document: longer than AWS waits, so slow and dead hosts differ. */
export const DOCUMENT_MS = 10_000;
/** How long AWS waits. */
export const AWS_WAITS_MS = 5000;

export interface ListedKey {
  /** Empty if it has none. */
  readonly kid: string;
  readonly jwk: unknown;
}

/** The issuer that clouds trust: that of cwii.yaml, or without the file that of the tokens. */
export const trustedIssuer: Fact<string> = async (context) => {
  return context.cluster?.issuer ?? (await factOf(context, signedToken, 'issuer-token')).issuer;
};

/** A fact that another check reads too. If it cannot be read, only that check tells why. */
export async function factOf<T>(context: CheckContext, read: Fact<T>, code: CheckCode): Promise<T> {
  try {
    return await context.fact(read);
  } catch {
    throw new Skipped(`it needs ${code}`);
  }
}

/** The API server's own key set, which is all that it offers at this path. */
export const clusterKeys: Fact<readonly ListedKey[]> = async ({ kube }) => {
  const keys = keysIn(await kube.call('/openid/v1/jwks', { accept: 'application/jwk-set+json, application/json' }));
  if (keys) return keys;
  throw new CwiiError('issuer-document-unreadable', "the API server's answer at /openid/v1/jwks is not a key set");
};

/** A document as a cloud gets it, or why it gets none. */
export type Fetched =
  | { readonly state: 'answered'; readonly url: string; readonly answer: WebAnswer }
  /** `untrusted`: a cloud does not trust the certificate. */
  | { readonly state: 'unreachable' | 'untrusted'; readonly url: string; readonly reason: string };

export const discovery: Fact<Fetched> = async (context) =>
  fetchDocument(context, placesOf(await context.fact(trustedIssuer)).discovery.url);

/** The key set at the `jwks_uri` of the discovery document. */
export const keySet: Fact<Fetched> = async (context) => {
  const jwksUri = fieldOf(bodyOf(await context.fact(discovery)), 'jwks_uri');
  if (!isString(jwksUri) || !URL.canParse(jwksUri)) throw new Skipped('it needs issuer-jwks-uri');
  return fetchDocument(context, jwksUri);
};

/** The parsed answer; undefined without one, and for text that is not JSON. */
export function bodyOf(fetched: Fetched): unknown {
  return fetched.state === 'answered' ? parseJson(fetched.answer.text) : undefined;
}

/** Undefined if it is not a key set (RFC 7517, section 5). */
export function keysIn(document: unknown): readonly ListedKey[] | undefined {
  const keys = fieldOf(document, 'keys');
  if (!Array.isArray(keys)) return undefined;
  return keys.filter(isObject).map((jwk) => ({ kid: isString(jwk['kid']) ? jwk['kid'] : '', jwk }));
}

/** Public roots only, no redirect, no credential, as AWS fetches it. */
export async function fetchDocument({ web }: CheckContext, url: string): Promise<Fetched> {
  try {
    const answer = await web.send(new URL(url), { publicRootsOnly: true, checkMs: DOCUMENT_MS });
    return { state: 'answered', url, answer };
  } catch (error) {
    if (!(error instanceof Error) || error instanceof Skipped) throw error;
    if (error instanceof NoAnswer)
      return { state: 'unreachable', url, reason: `${error.message}, and AWS waits ${seconds(AWS_WAITS_MS)}` };
    const { code = '', message } = error as NodeJS.ErrnoException;
    const isTrusted = connectionFailure(code) === 'unreachable';
    // A host with several addresses fails with one error for all of them, which has no message.
    return { state: isTrusted ? 'unreachable' : 'untrusted', url, reason: message || code };
  }
}

/** Key IDs are long, and their beginning is enough to compare them. */
export function shortKeyId(kid: string): string {
  return kid.length > 12 ? `${kid.slice(0, 12)}…` : kid;
}
