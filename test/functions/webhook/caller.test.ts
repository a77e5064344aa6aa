// Tests the health check and the authentication of callers, both of which run before the body is read.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { rejectionOf } from '../../../functions/webhook/caller.ts';
import type { CallerRules } from '../../../lib/settings/webhook-config.ts';
import { eventOf, reviewOf } from '../../fakes/events.ts';
import { callerToken, digestOf, pathKey } from '../../fakes/secrets.ts';
import { startWebhook, statusIn } from '../../fakes/webhook.ts';

const nobody: CallerRules = { tokenDigests: [], pathKeyDigests: [], tokens: undefined, anonymous: false };
const byToken: CallerRules = { ...nobody, tokenDigests: [digestOf('right')] };
const byPathKey: CallerRules = { ...nobody, pathKeyDigests: [digestOf('key')] };
const byBoth: CallerRules = { ...byToken, pathKeyDigests: byPathKey.pathKeyDigests };

const isAuthentic = (...call: Parameters<typeof rejectionOf>) => rejectionOf(...call) === undefined;

const bearer = (token: string) => ({ authorization: `Bearer ${token}`, pathKey: undefined });
const inPath = (key: string) => ({ authorization: undefined, pathKey: key });
const nothing = { authorization: undefined, pathKey: undefined };

describe('A bearer token', () => {
  it('is accepted only if its digest is configured', () => {
    expect(isAuthentic(byToken, bearer('right'))).toBe(true);
    expect(isAuthentic(byToken, bearer('wrong'))).toBe(false);
    expect(isAuthentic(byToken, bearer(digestOf('right').toString('hex')))).toBe(false);
  });

  it.each(['old', 'new'])('is accepted for each of two digests during a rotation: %s', (token) => {
    const rotating = { ...nobody, tokenDigests: [digestOf('old'), digestOf('new')] };

    expect(isAuthentic(rotating, bearer(token))).toBe(true);
  });

  it('is accepted if its digest is configured twice', () => {
    const twice = { ...nobody, tokenDigests: [digestOf('right'), digestOf('right')] };

    expect(isAuthentic(twice, bearer('right'))).toBe(true);
  });

  it.each(['Bearer right', 'bearer right', 'BEARER right', 'Bearer   right', 'Bearer right  '])(
    'is read from the header %j',
    (authorization) => {
      expect(isAuthentic(byToken, { ...nothing, authorization })).toBe(true);
    },
  );

  it.each([
    '',
    'right',
    'Bearer',
    'Bearer ',
    'Bearerright',
    'Basic right',
    'Bearer right wrong',
    'Bearer right,Bearer right',
    'Bearer\tright',
    'Bearer "right"',
    'Bearer right\n',
    'NotBearer right',
  ])('is not read from the header %j', (authorization) => {
    expect(isAuthentic(byToken, { ...nothing, authorization })).toBe(false);
  });
});

describe('A path key', () => {
  it.each([
    ['key', true],
    ['wrong', false],
    ['', false],
    ['KEY', false],
  ])('is accepted only if its digest is configured: %j: %s', (key, accepted) => {
    expect(isAuthentic(byPathKey, inPath(key))).toBe(accepted);
  });

  it('is not accepted as a token, nor a token as a path key', () => {
    expect(isAuthentic(byPathKey, bearer('key'))).toBe(false);
    expect(isAuthentic(byToken, inPath('right'))).toBe(false);
  });

  it.each([
    { authorization: 'Bearer wrong', pathKey: 'key', accepted: true },
    { authorization: 'Bearer right', pathKey: 'wrong', accepted: true },
    { authorization: 'Bearer wrong', pathKey: 'wrong', accepted: false },
  ])('or a token suffices if both are configured: $authorization, $pathKey', ({ accepted, ...credentials }) => {
    expect(isAuthentic(byBoth, credentials)).toBe(accepted);
  });
});

describe('A call without credentials', () => {
  it.each([byToken, byPathKey, nobody])('is rejected', (rules) => {
    expect(isAuthentic(rules, nothing)).toBe(false);
  });

  it('is rejected even if the digest of an empty text is configured', () => {
    const empty = { ...nobody, tokenDigests: [digestOf('')], pathKeyDigests: [digestOf('')] };

    expect(isAuthentic(empty, nothing)).toBe(false);
  });

  it('is accepted if anonymous callers are', () => {
    expect(isAuthentic({ ...nobody, anonymous: true }, nothing)).toBe(true);
  });
});

const withPathKey = {
  CWII_CALLER_TOKEN_SHA256: undefined,
  CWII_PATH_KEY_SHA256: digestOf(pathKey).toString('hex'),
};
const call = (change: (event: LambdaFunctionURLEvent) => void, env?: Record<string, string | undefined>) =>
  startWebhook(env && { env }).call(eventOf(reviewOf(), change));

describe('The health check', () => {
  const health = (method: string) =>
    call((event) => {
      event.rawPath = '/healthz';
      event.requestContext.http.method = method;
      event.headers = {};
      delete event.body;
    });

  it.each([
    ['GET', '{"status":"ok"}'],
    ['HEAD', ''],
  ])('answers %s without a token: %s', async (method, text) => {
    expect(await health(method)).toMatchObject({ status: 200, text });
  });

  it('rejects other methods', async () => {
    const answer = await health('POST');

    expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    expect(statusIn(answer)).toMatchObject({ kind: 'Status', reason: 'method-not-allowed', code: 405 });
  });
});

describe('A caller', () => {
  const anonymous = { CWII_CALLER_TOKEN_SHA256: undefined, CWII_ALLOW_ANONYMOUS: 'true' };
  const json = { 'content-type': 'application/json' };

  it.each<{ what: string; change: Partial<LambdaFunctionURLEvent>; env?: Record<string, string | undefined> }>([
    { what: 'with the token', change: {} },
    { what: 'with the key in the path', change: { rawPath: `/k/${pathKey}`, headers: json }, env: withPathKey },
    { what: 'with the token, on the path of any key', change: { rawPath: '/k/other' } },
    { what: 'without a token, if anonymous callers are accepted,', change: { headers: json }, env: anonymous },
  ])('$what is served', async ({ change, env }) => {
    expect(await call((event) => void Object.assign(event, change), env)).toMatchObject({ status: 200 });
  });

  const http = eventOf().requestContext.http;

  it.each<{ what: string; change: Record<string, unknown> }>([
    { what: 'without a token', change: { headers: json } },
    { what: 'without headers', change: { headers: undefined } },
    { what: 'with another token', change: { headers: { ...json, authorization: 'Bearer another' } } },
    {
      what: 'with the token in another scheme',
      change: { headers: { ...json, authorization: `Basic ${callerToken}` } },
    },
    { what: 'with the token in the path', change: { headers: {}, rawPath: `/k/${callerToken}` } },
    { what: 'with the token in the query', change: { headers: {}, rawQueryString: `token=${callerToken}` } },
    { what: 'without a token, on an unknown path,', change: { headers: {}, rawPath: '/.env' } },
    { what: 'without a token, with an invalid body,', change: { headers: {}, body: '{"request":' } },
    { what: 'without a token, with a huge body,', change: { headers: {}, body: ' '.repeat(7_000_000) } },
    {
      what: 'without a token, with GET,',
      change: { headers: {}, requestContext: { http: { ...http, method: 'GET' } } },
    },
    { what: 'without a token, with another content type,', change: { headers: { 'content-type': 'text/html' } } },
  ])('$what gets 401 and no detail', async ({ change }) => {
    const answer = await call((event) => void Object.assign(event, change));

    expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
    expect(statusIn(answer)).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'unauthorized',
      reason: 'unauthorized',
      code: 401,
    });
  });

  it('cannot use the path key as a token', async () => {
    const headers = { ...json, authorization: `Bearer ${pathKey}` };

    expect((await call((event) => void Object.assign(event, { headers }), withPathKey)).status).toBe(401);
  });
});
