// Tests the decoding of events: path, method, body and time budget, and the codes of rejections.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decode, methodOf, pathOf, RequestError } from '../../../functions/webhook/decode.ts';
import { eventOf, reviewOf } from '../../fakes/events.ts';
import { specMarker } from '../../fakes/secrets.ts';

const decodeWith = (change: (event: LambdaFunctionURLEvent) => void) => decode(eventOf(reviewOf(), change), 1000);

function rejectionOf(change: (event: LambdaFunctionURLEvent) => void): RequestError {
  try {
    decodeWith(change);
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
  throw new Error('the event was not rejected');
}

describe('pathOf', () => {
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
  ])('maps %j to %j', (rawPath, path) => {
    expect(pathOf(eventOf(undefined, (event) => void Object.assign(event, { rawPath })))).toEqual(path);
  });

  it.each([null, undefined, 'text', 1])('rejects %j, which is not an event', (event) => {
    expect(() => pathOf(event as never)).toThrow(expect.objectContaining({ status: 400, code: 'event-unknown' }));
  });
});

describe('An empty event', () => {
  it('has a default path and no method, and cannot be decoded', () => {
    const empty = {} as LambdaFunctionURLEvent;

    expect(pathOf(empty)).toEqual({ kind: 'mutate' });
    expect(methodOf(empty)).toBe('');
    expect(() => decode(empty, 1000)).toThrow(RequestError);
  });
});

describe('A request', () => {
  it('is decoded to its JSON body', () => {
    expect(decodeWith(() => undefined).body).toEqual(reviewOf());
  });

  it('is rejected on an unknown path', () => {
    expect(
      rejectionOf((event) => {
        event.rawPath = '/mutat';
      }),
    ).toMatchObject({ status: 404, code: 'path-unknown' });
  });

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'post'])('is rejected with the method %s', (method) => {
    expect(
      rejectionOf((event) => {
        event.requestContext.http.method = method;
      }),
    ).toMatchObject({
      status: 405,
      code: 'method-not-allowed',
      headers: { allow: 'POST' },
    });
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON', 'application/json ;x=y'])(
    'is decoded with the content type %s',
    (type) => {
      expect(() =>
        decodeWith((event) => {
          event.headers['content-type'] = type;
        }),
      ).not.toThrow();
    },
  );

  it.each(['', 'text/plain', 'application/jsonp', 'application/json-patch+json', 'text/plain; application/json'])(
    'is rejected with the content type %j',
    (type) => {
      expect(
        rejectionOf((event) => {
          event.headers['content-type'] = type;
        }),
      ).toMatchObject({
        status: 415,
        code: 'media-type-unsupported',
      });
    },
  );

  it('is rejected without headers', () => {
    expect(rejectionOf((event) => void Object.assign(event, { headers: undefined }))).toMatchObject({ status: 415 });
  });
});

describe('A body', () => {
  it('is decoded from base64', () => {
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

  it.each([undefined, ''])('is rejected if it is %j', (body) => {
    expect(rejectionOf((event) => void Object.assign(event, { body }))).toMatchObject({
      status: 400,
      code: 'body-empty',
    });
  });

  it.each([`{"a":"${specMarker}"`, specMarker, `\u0000${specMarker}`])(
    'that is not JSON is rejected without repeating any of it: %j',
    (body) => {
      const rejection = rejectionOf((event) => {
        event.body = body;
      });

      expect(rejection).toMatchObject({ status: 400, code: 'body-not-json' });
      expect(rejection.message).not.toContain(specMarker);
      expect(rejection.cause).toBeUndefined();
    },
  );

  it.each([7, true, [], {}, Number.NaN])('that is not a text but %j is rejected, with and without base64', (body) => {
    for (const isBase64Encoded of [true, false]) {
      expect(rejectionOf((event) => void Object.assign(event, { body, isBase64Encoded }))).toMatchObject({
        status: 400,
        code: 'body-empty',
      });
    }
  });

  it('that is larger than 6 MB is rejected, with and without base64', () => {
    const large = ' '.repeat(6 * 1024 * 1024 + 1);
    const encoded = (event: LambdaFunctionURLEvent) => {
      event.body = Buffer.from(large).toString('base64');
      event.isBase64Encoded = true;
    };

    expect(
      rejectionOf((event) => {
        event.body = large;
      }),
    ).toMatchObject({ status: 413, code: 'body-too-large' });
    expect(rejectionOf(encoded)).toMatchObject({ status: 413, code: 'body-too-large' });
  });
});

describe('The time budget', () => {
  const received = new Date('2026-11-01T12:00:00Z').getTime();
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: received }));
  afterEach(() => void vi.useRealTimers());

  const budgetOf = (query: string, marginMs: number, waited = 0) => {
    const event = eventOf(reviewOf(), (changed) => {
      changed.rawQueryString = query;
    });
    vi.setSystemTime(received + waited);
    return decode(event, marginMs).remainingMs;
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
  ])('for the query %j is %i ms', (query, milliseconds) => {
    expect(budgetOf(query, 0)).toBe(milliseconds);
  });

  it('is reduced by the time since the request arrived', () => {
    expect(budgetOf('timeout=5s', 0, 1200)).toBe(3800);
  });

  it('is reduced by the margin', () => {
    expect(budgetOf('timeout=5s', 1000)).toBe(4000);
    expect(budgetOf('timeout=5s', 1000, 1200)).toBe(2800);
  });

  it('is reduced by at most half of the timeout for the margin', () => {
    expect(budgetOf('timeout=1s', 1000)).toBe(500);
    expect(budgetOf('timeout=5s', 10_000)).toBe(2500);
  });

  it('can be negative', () => {
    expect(budgetOf('timeout=5s', 1000, 4500)).toBeLessThanOrEqual(0);
  });

  it.each([-1, -3_600_000, 5000, 3_600_000])('ignores clocks that differ by %i ms', (waited) => {
    expect(budgetOf('timeout=5s', 0, waited)).toBe(5000);
  });

  it.each([[['timeout']], { a: 1 }, 5, null])('is the default if the query is not a text but %j', (rawQueryString) => {
    const withQuery = (event: LambdaFunctionURLEvent) => void Object.assign(event, { rawQueryString });

    expect(decode(eventOf(reviewOf(), withQuery), 1000).remainingMs).toBe(9000);
  });

  it('is the whole default if the event contains no times', () => {
    const event = eventOf(reviewOf(), (changed) => {
      Object.assign(changed, { rawQueryString: undefined });
      Object.assign(changed.requestContext, { timeEpoch: undefined });
    });

    expect(decode(event, 0).remainingMs).toBe(10_000);
  });
});
