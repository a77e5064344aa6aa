// Knows how an event becomes JSON and a span of time, and with which codes it is refused.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decode, methodOf, RequestError, routeOf } from '../../../functions/webhook/decode.ts';
import { eventOf, reviewOf } from '../../fakes/events.ts';
import { specMarker } from '../../fakes/secrets.ts';

const decodeWith = (change: (event: LambdaFunctionURLEvent) => void) => decode(eventOf(reviewOf(), change), 1000);

function refusalOf(change: (event: LambdaFunctionURLEvent) => void): RequestError {
  try {
    decodeWith(change);
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
  throw new Error('the event was not refused');
}

describe('a path', () => {
  it.each([
    ['/', { kind: 'mutate' }],
    ['', { kind: 'mutate' }],
    ['/mutate', { kind: 'mutate' }],
    ['/healthz', { kind: 'healthz' }],
    ['/k/secret', { kind: 'path-key', key: 'secret' }],
    ['/k/', { kind: 'unknown' }],
    ['/k', { kind: 'unknown' }],
    ['/k/secret/', { kind: 'unknown' }],
    ['/k/secret/more', { kind: 'unknown' }],
    ['//k/secret', { kind: 'unknown' }],
    ['/mutate/', { kind: 'unknown' }],
    ['/Mutate', { kind: 'unknown' }],
    ['/.env', { kind: 'unknown' }],
  ])('%j is %j', (rawPath, route) => {
    expect(routeOf(eventOf(undefined, (event) => void Object.assign(event, { rawPath })))).toEqual(route);
  });

  it('may be missing from an event, as may everything else', () => {
    const empty = {} as LambdaFunctionURLEvent;

    expect(routeOf(empty)).toEqual({ kind: 'mutate' });
    expect(methodOf(empty)).toBe('');
    expect(() => decode(empty, 1000)).toThrow(RequestError);
  });
});

describe('a request', () => {
  it('with a review is decoded', () => {
    expect(decodeWith(() => undefined).body).toEqual(reviewOf());
  });

  it('to a path that does not exist is refused', () => {
    expect(
      refusalOf((event) => {
        event.rawPath = '/mutat';
      }),
    ).toMatchObject({ status: 404, code: 'path-unknown' });
  });

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'post'])('by %s is refused', (method) => {
    expect(
      refusalOf((event) => {
        event.requestContext.http.method = method;
      }),
    ).toMatchObject({
      status: 405,
      code: 'method-not-allowed',
      headers: { allow: 'POST' },
    });
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON', 'application/json ;x=y'])(
    'of the type %s is decoded',
    (type) => {
      expect(() =>
        decodeWith((event) => {
          event.headers['content-type'] = type;
        }),
      ).not.toThrow();
    },
  );

  it.each(['', 'text/plain', 'application/jsonp', 'application/json-patch+json', 'text/plain; application/json'])(
    'of the type %j is refused',
    (type) => {
      expect(
        refusalOf((event) => {
          event.headers['content-type'] = type;
        }),
      ).toMatchObject({
        status: 415,
        code: 'media-type-unsupported',
      });
    },
  );

  it('without headers is refused', () => {
    expect(refusalOf((event) => void Object.assign(event, { headers: undefined }))).toMatchObject({ status: 415 });
  });
});

describe('a body', () => {
  it('in base64 is decoded', () => {
    const { body } = decodeWith((event) => {
      event.body = Buffer.from(
        JSON.stringify(
          reviewOf((review) => {
            review.request.name = 'grün';
          }),
        ),
      ).toString('base64');
      event.isBase64Encoded = true;
    });

    expect(body).toMatchObject({ request: { name: 'grün' } });
  });

  it.each([undefined, ''])('that is %j is refused', (body) => {
    expect(refusalOf((event) => void Object.assign(event, { body }))).toMatchObject({
      status: 400,
      code: 'body-empty',
    });
  });

  it.each([`{"a":"${specMarker}"`, specMarker, `\u0000${specMarker}`])(
    'that is no JSON is refused, and nothing of it repeated: %j',
    (body) => {
      const refusal = refusalOf((event) => {
        event.body = body;
      });

      expect(refusal).toMatchObject({ status: 400, code: 'body-not-json' });
      expect(refusal.message).not.toContain(specMarker);
      expect(refusal.cause).toBeUndefined();
    },
  );

  it.each([7, true, [], {}, Number.NaN])(
    'that is no text but %j is refused, also where it is said to be base64',
    (body) => {
      for (const isBase64Encoded of [true, false]) {
        expect(refusalOf((event) => void Object.assign(event, { body, isBase64Encoded }))).toMatchObject({
          status: 400,
          code: 'body-empty',
        });
      }
    },
  );

  it('that is larger than 6 MB is refused, also in base64', () => {
    const large = ' '.repeat(6 * 1024 * 1024 + 1);
    const encoded = (event: LambdaFunctionURLEvent) => {
      event.body = Buffer.from(large).toString('base64');
      event.isBase64Encoded = true;
    };

    expect(
      refusalOf((event) => {
        event.body = large;
      }),
    ).toMatchObject({ status: 413, code: 'body-too-large' });
    expect(refusalOf(encoded)).toMatchObject({ status: 413, code: 'body-too-large' });
  });
});

describe('the time to answer', () => {
  const received = new Date('2026-11-01T12:00:00Z').getTime();
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: received }));
  afterEach(() => void vi.useRealTimers());

  const budgetOf = (query: string, marginMs: number, waited = 0) => {
    const event = eventOf(reviewOf(), (changed) => {
      changed.rawQueryString = query;
    });
    vi.setSystemTime(received + waited);
    return decode(event, marginMs).budgetMs;
  };

  it.each([
    ['timeout=5s', 5000],
    ['timeout=30s', 30_000],
    ['a=b&timeout=1s', 1000],
    ['', 10_000],
    ['timeout=', 10_000],
    ['timeout=5', 10_000],
    ['timeout=0s', 10_000],
    ['timeout=00s', 10_000],
    ['timeout=-5s', 10_000],
    ['timeout=1m', 10_000],
    ['timeout=1.5s', 10_000],
    ['timeout=99999s', 10_000],
  ])('with the query %j is %i ms', (query, milliseconds) => {
    expect(budgetOf(query, 0)).toBe(milliseconds);
  });

  it('is less by what has passed since the request arrived', () => {
    expect(budgetOf('timeout=5s', 0, 1200)).toBe(3800);
  });

  it('is less by the margin', () => {
    expect(budgetOf('timeout=5s', 1000)).toBe(4000);
    expect(budgetOf('timeout=5s', 1000, 1200)).toBe(2800);
  });

  it('is less by a margin of no more than half of the timeout', () => {
    expect(budgetOf('timeout=1s', 1000)).toBe(500);
    expect(budgetOf('timeout=5s', 10_000)).toBe(2500);
  });

  it('may be over already', () => {
    expect(budgetOf('timeout=5s', 1000, 4500)).toBeLessThanOrEqual(0);
  });

  it.each([-1, -3_600_000, 5000, 3_600_000])('is whole where the clocks are apart by %i ms', (waited) => {
    expect(budgetOf('timeout=5s', 0, waited)).toBe(5000);
  });

  it.each([[['timeout']], { a: 1 }, 5, null])('is the default where the query is no text but %j', (rawQueryString) => {
    const withQuery = (event: LambdaFunctionURLEvent) => void Object.assign(event, { rawQueryString });

    expect(decode(eventOf(reviewOf(), withQuery), 1000).budgetMs).toBe(9000);
  });

  it('is the default, and whole, where the event says nothing of time', () => {
    const event = eventOf(reviewOf(), (changed) => {
      Object.assign(changed, { rawQueryString: undefined });
      Object.assign(changed.requestContext, { timeEpoch: undefined });
    });

    expect(decode(event, 0).budgetMs).toBe(10_000);
  });
});
