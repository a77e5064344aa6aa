// Tests events that only a direct invocation can send: values that are not texts count as absent.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { eventOf, reviewOf } from '../../fakes/events.ts';
import { callerToken } from '../../fakes/secrets.ts';
import { startWebhook } from '../../fakes/webhook.ts';

const call = (change: (event: LambdaFunctionURLEvent) => void) => startWebhook().call(eventOf(reviewOf(), change));

/** Values that are not texts; the second cannot be converted to a text. */
const odd = (text: string): { sent: unknown }[] => [{ sent: [text] }, { sent: { toString: 1 } }, { sent: 7 }];

describe('An event', () => {
  it.each(odd(`Bearer ${callerToken}`))('with the token $sent is from an unknown caller', async ({ sent }) => {
    expect(await call(({ headers }) => void Object.assign(headers, { authorization: sent }))).toMatchObject({
      status: 401,
    });
  });

  it.each(odd('application/json'))('with the content type $sent has none', async ({ sent }) => {
    expect(await call(({ headers }) => void Object.assign(headers, { 'content-type': sent }))).toMatchObject({
      status: 415,
    });
  });

  it.each(odd('/elsewhere'))('with the path $sent has the default path', async ({ sent }) => {
    expect(await call((event) => void Object.assign(event, { rawPath: sent }))).toMatchObject({ status: 200 });
  });

  it.each(odd('timeout=5s'))('with the query and the time $sent has the default timeout', async ({ sent }) => {
    const answer = await call((event) => {
      Object.assign(event, { rawQueryString: sent });
      Object.assign(event.requestContext, { timeEpoch: sent });
    });

    expect(answer).toMatchObject({ status: 200 });
  });
});
