// Middlewares that run before the body is read: the health check, and the authentication of the caller.

import type { MiddlewareObj } from '@middy/core';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import type { CallerVerdict, Presentation } from '../../lib/callers/caller-tokens.ts';
import { errorChain } from '../../lib/common/log.ts';
import { crypto } from '../../lib/common/node-builtins.ts';
import type { AdmissionRequest } from '../../lib/kubernetes/review.ts';
import type { CallerRules } from '../../lib/settings/webhook-config.ts';
import { asText, methodOf, pathOf, RequestError } from './decode.ts';
import type { WebhookContext } from './receive.ts';
import type { Answer } from './reply.ts';

type Middleware = MiddlewareObj<LambdaFunctionURLEvent, Answer, Error, WebhookContext>;

/**
 * `GET /healthz`, without authentication: shows only that the function has started with its configuration.
 */
export function answerHealth(): Middleware {
  return {
    before: function answerHealth({ event }): Answer | undefined {
      if (pathOf(event).kind !== 'healthz') return undefined;
      const method = methodOf(event);
      if (method !== 'GET' && method !== 'HEAD') {
        throw new RequestError(405, 'method-not-allowed', 'use GET for the health check', { allow: 'GET, HEAD' });
      }
      return {
        statusCode: 200,
        headers: { 'content-type': 'application/json' },
        body: method === 'HEAD' ? '' : '{"status":"ok"}',
      };
    },
  };
}

/** Verifies a token of the cluster's issuer; see CallerTokens. */
export type VerifyCaller = (presentation: Presentation) => Promise<CallerVerdict>;

/**
 * Rejects a caller without a known token or path key with 401. The answer does not say what was wrong.
 *
 * @param verify undefined if no subject is configured. A caller with a known digest does not wait for it.
 */
export function authenticate(rules: CallerRules, verify: VerifyCaller | undefined): Middleware {
  return {
    before: function authenticate({ event, context }): Promise<undefined> | undefined {
      const path = pathOf(event);
      const pathKey = path.kind === 'path-key' ? path.key : undefined;
      const authorization = asText(event.headers?.['authorization']);
      const rejected = rejectionOf(rules, { authorization, pathKey });
      if (rejected === undefined) return undefined;
      const token = bearerToken(authorization);
      if (!verify || token === undefined) throw unauthorized(rejected);
      return admitVerified(verify({ token, url: urlOf(event) }), rejected, context);
    },
  };
}

/** @param rejected why no configured digest is that of the token. */
async function admitVerified(
  verification: Promise<CallerVerdict>,
  rejected: string,
  context: WebhookContext,
): Promise<undefined> {
  const verdict = await verification.catch((error: unknown) => {
    throw new RequestError(
      503,
      'caller-keys-unreadable',
      'the caller cannot be authenticated now; see the log of the function',
      {},
      { outcome: 'failed', error: errorChain(error) },
    );
  });
  if (!verdict.accepted) throw unauthorized(`${rejected}; ${verdict.reason}`);
  // Checked when the body is read, which only an authenticated caller may cause.
  if (verdict.apiGroups) context.callerGroups = verdict.apiGroups;
}

/**
 * A token of KEP-6060 can be limited to an API group.
 *
 * @throws {RequestError} 401 for an object of another group.
 */
export function checkCallerGroups({ kind }: AdmissionRequest, context: WebhookContext): void {
  const groups = context?.callerGroups;
  if (groups && !groups.includes(kind?.group ?? ''))
    throw unauthorized('its token is attested for another API group than that of the object');
}

function unauthorized(caller: string): RequestError {
  return new RequestError(401, 'unauthorized', 'unauthorized', { 'www-authenticate': 'Bearer' }, { caller });
}

/** The URL of the request without its query. Lambda sets the domain name; no caller can choose it. */
function urlOf({ rawPath, requestContext }: LambdaFunctionURLEvent): URL | undefined {
  const url = `https://${requestContext?.domainName}${asText(rawPath)}`;
  return requestContext?.domainName && URL.canParse(url) ? new URL(url) : undefined;
}

/** The credentials that a call presents. */
export interface Credentials {
  readonly authorization: string | undefined;
  readonly pathKey: string | undefined;
}

/** RFC 6750, section 2.1; the name of the scheme is case-insensitive (RFC 9110, section 11.1). */
const BEARER = /^Bearer +([\w.~+/-]+=*) *$/i;

function bearerToken(authorization: string | undefined): string | undefined {
  return BEARER.exec(authorization ?? '')?.[1];
}

/**
 * Undefined for an authentic caller. For another one, what it presented: a secret only as the first digits of
 * its SHA-256, which the operator can compare with the configured digest.
 */
export function rejectionOf(rules: CallerRules, { authorization, pathKey }: Credentials): string | undefined {
  if (rules.anonymous) return undefined;
  const token = check(rules.tokenDigests, bearerToken(authorization));
  const key = check(rules.pathKeyDigests, pathKey);
  if (token.matches || key.matches) return undefined;
  const unknown = [
    ...(token.digest ? [`unknown token, SHA-256 ${prefixOf(token.digest)}`] : []),
    ...(key.digest ? [`unknown path key, SHA-256 ${prefixOf(key.digest)}`] : []),
  ];
  return unknown.join('; ') || (authorization ? 'no bearer token in the Authorization header' : 'no token');
}

interface Checked {
  /** Undefined if no secret was presented. */
  readonly digest: Buffer | undefined;
  readonly matches: boolean;
}

/** Compares with every digest in constant time, for any input and without stopping at a match. */
function check(digests: readonly Buffer[], secret: string | undefined): Checked {
  // The number of digests is part of the configuration; it depends on nothing that the caller sends.
  if (digests.length === 0 && secret === undefined) return { digest: undefined, matches: false };
  const digest = crypto.hash('sha256', secret ?? '', 'buffer');
  let matches = 0;
  for (const candidate of digests) matches |= Number(crypto.timingSafeEqual(candidate, digest));
  return secret === undefined ? { digest: undefined, matches: false } : { digest, matches: matches === 1 };
}

/** Eight digits tell two tokens apart, and are not enough to confirm a guessed one. */
function prefixOf(digest: Buffer): string {
  return `${digest.toString('hex', 0, 4)}...`;
}
