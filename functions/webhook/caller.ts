// The middlewares that stand before the body is looked at: the open health check, and the caller's authentication.

import type { MiddlewareObj } from '@middy/core';
import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { type CallerRules, isAuthentic } from './caller-rules.ts';
import { asText, methodOf, RequestError, routeOf } from './decode.ts';

type Middleware = MiddlewareObj<LambdaFunctionURLEvent, unknown>;

/** `GET /healthz`, for whoever asks: it tells that the function has started with its configuration, and no more. */
export function answerHealth(): Middleware {
  return {
    before: function answerHealth({ event }): LambdaFunctionURLResult | undefined {
      if (routeOf(event).kind !== 'healthz') return undefined;
      const method = methodOf(event);
      if (method !== 'GET' && method !== 'HEAD') {
        throw new RequestError(405, 'method-not-allowed', 'the health check answers GET', { allow: 'GET, HEAD' });
      }
      return {
        statusCode: 200,
        headers: { 'content-type': 'application/json' },
        body: method === 'HEAD' ? '' : '{"status":"ok"}',
      };
    },
  };
}

/** Without a known token or path key: 401, and no word on what was wrong. */
export function authenticate(rules: CallerRules): Middleware {
  return {
    before: function authenticate({ event }): void {
      const route = routeOf(event);
      const pathKey = route.kind === 'path-key' ? route.key : undefined;
      if (!isAuthentic(rules, { authorization: asText(event.headers?.['authorization']), pathKey })) {
        throw new RequestError(401, 'unauthorized', 'unauthorized', { 'www-authenticate': 'Bearer' });
      }
    },
  };
}
