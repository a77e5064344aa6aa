// Knows what is answered before the body is looked at: the health check to everybody, 401 to whoever is unknown.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { eventOf, reviewOf } from '../../fakes/events.ts';
import { callerToken, digestOf, pathKey } from '../../fakes/secrets.ts';
import { startWebhook, statusIn } from '../../fakes/webhook.ts';

const withPathKey = {
  CWII_CALLER_TOKEN_SHA256: undefined,
  CWII_PATH_KEY_SHA256: digestOf(pathKey).toString('hex'),
};
const call = (change: (event: LambdaFunctionURLEvent) => void, env?: Record<string, string | undefined>) =>
  startWebhook(env && { env }).call(eventOf(reviewOf(), change));

describe('the health check', () => {
  const health = (method: string) =>
    call((event) => {
      event.rawPath = '/healthz';
      event.requestContext.http.method = method;
      event.headers = {};
      delete event.body;
    });

  it('is open to GET without a token', async () => {
    expect(await health('GET')).toMatchObject({ status: 200, text: '{"status":"ok"}' });
  });

  it('answers HEAD without a body', async () => {
    expect(await health('HEAD')).toMatchObject({ status: 200, text: '' });
  });

  it('refuses other methods', async () => {
    const answer = await health('POST');

    expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    expect(statusIn(answer)).toMatchObject({ kind: 'Status', reason: 'method-not-allowed', code: 405 });
  });
});

describe('a caller', () => {
  it('with the token is served', async () => {
    expect(await call(() => undefined)).toMatchObject({ status: 200 });
  });

  it('with the key in the path is served', async () => {
    const answer = await call((event) => {
      event.rawPath = `/k/${pathKey}`;
      event.headers = { 'content-type': 'application/json' };
    }, withPathKey);

    expect(answer).toMatchObject({ status: 200 });
  });

  it('with a token is served at the path of a key too', async () => {
    expect(
      await call((event) => {
        event.rawPath = '/k/whatever';
      }),
    ).toMatchObject({ status: 200 });
  });

  it('of any kind is served where everybody is', async () => {
    const env = { CWII_CALLER_TOKEN_SHA256: undefined, CWII_ALLOW_ANONYMOUS: 'true' };

    expect(await call((event) => void delete event.headers['authorization'], env)).toMatchObject({ status: 200 });
  });

  it.each<{ what: string; change: (event: LambdaFunctionURLEvent) => void }>([
    { what: 'without a token', change: (event) => void delete event.headers['authorization'] },
    { what: 'without headers', change: (event) => void Object.assign(event, { headers: undefined }) },
    {
      what: 'with another token',
      change: (event) => {
        event.headers['authorization'] = 'Bearer another';
      },
    },
    {
      what: 'with the token in another scheme',
      change: (event) => {
        event.headers['authorization'] = `Basic ${callerToken}`;
      },
    },
    {
      what: 'with the token in the path',
      change: (event) => void Object.assign(event, { headers: {}, rawPath: `/k/${callerToken}` }),
    },
    {
      what: 'with the token in the query',
      change: (event) => void Object.assign(event, { headers: {}, rawQueryString: `token=${callerToken}` }),
    },
    {
      what: 'unknown, at a path that does not exist',
      change: (event) => void Object.assign(event, { headers: {}, rawPath: '/.env' }),
    },
    {
      what: 'unknown, with a broken body',
      change: (event) => void Object.assign(event, { headers: {}, body: '{"request":' }),
    },
    {
      what: 'unknown, with a huge body',
      change: (event) => void Object.assign(event, { headers: {}, body: ' '.repeat(7_000_000) }),
    },
    {
      what: 'unknown, by GET',
      change: (event) => {
        event.headers = {};
        event.requestContext.http.method = 'GET';
      },
    },
    {
      what: 'unknown, with a type that is not read',
      change: (event) => {
        event.headers = { 'content-type': 'text/html' };
      },
    },
  ])('$what gets 401 and not a word more', async ({ change }) => {
    const answer = await call(change);

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

  it('with a key of the path is not known by it as a token', async () => {
    const answer = await call((event) => {
      event.headers['authorization'] = `Bearer ${pathKey}`;
    }, withPathKey);

    expect(answer.status).toBe(401);
  });
});
