// Middlewares that run before the body is read: the health check, and the authentication of the caller.

import type { MiddlewareObj } from '@middy/core';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { crypto } from '../../lib/common/node-builtins.ts';
import type { CallerRules } from '../../lib/settings/webhook-config.ts';
import { asText, methodOf, pathOf, RequestError } from './decode.ts';
import type { Answer } from './reply.ts';

type Middleware = MiddlewareObj<LambdaFunctionURLEvent, Answer>;

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

/** Rejects a caller without a known token or path key with 401. The answer does not say what was wrong. */
export function authenticate(rules: CallerRules): Middleware {
  return {
    before: function authenticate({ event }): void {
      const path = pathOf(event);
      const pathKey = path.kind === 'path-key' ? path.key : undefined;
      if (!isAuthentic(rules, { authorization: asText(event.headers?.['authorization']), pathKey })) {
        throw new RequestError(401, 'unauthorized', 'unauthorized', { 'www-authenticate': 'Bearer' });
      }
    },
  };
}

/** The credentials that a call presents. */
export interface Credentials {
  readonly authorization: string | undefined;
  readonly pathKey: string | undefined;
}

/** RFC 6750, section 2.1; the name of the scheme is case-insensitive (RFC 9110, section 11.1). */
const BEARER = /^Bearer +([\w.~+/-]+=*) *$/i;

export function isAuthentic(rules: CallerRules, { authorization, pathKey }: Credentials): boolean {
  if (rules.anonymous) return true;
  const token = BEARER.exec(authorization ?? '')?.[1];
  const byToken = matchesAny(rules.tokenDigests, token);
  const byKey = matchesAny(rules.pathKeyDigests, pathKey);
  return byToken || byKey;
}

/** Compares with every digest in constant time, for any input and without stopping at a match. */
function matchesAny(digests: readonly Buffer[], secret: string | undefined): boolean {
  // The number of digests is part of the configuration; it depends on nothing that the caller sends.
  if (digests.length === 0) return false;
  const digest = crypto.hash('sha256', secret ?? '', 'buffer');
  let matches = 0;
  for (const candidate of digests) matches |= Number(crypto.timingSafeEqual(candidate, digest));
  return matches === 1 && secret !== undefined;
}
