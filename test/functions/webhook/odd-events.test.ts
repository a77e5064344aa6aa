// Knows what becomes of events that no Function URL makes, but whoever may invoke the function itself: what is no text
// counts as absent, and is no failure of the function.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { eventOf, reviewOf } from '../../fakes/events.ts';
import { callerToken } from '../../fakes/secrets.ts';
import { startWebhook } from '../../fakes/webhook.ts';

const call = (change: (event: LambdaFunctionURLEvent) => void) => startWebhook().call(eventOf(reviewOf(), change));

/** The second cannot become text at all. */
const odd = (text: string): { sent: unknown }[] => [{ sent: [text] }, { sent: { toString: 1 } }, { sent: 7 }];

describe('an event', () => {
  it.each(odd(`Bearer ${callerToken}`))('whose token is $sent is of nobody known', async ({ sent }) => {
    expect(await call(({ headers }) => void Object.assign(headers, { authorization: sent }))).toMatchObject({
      status: 401,
    });
  });

  it.each(odd('application/json'))('whose type is $sent has none', async ({ sent }) => {
    expect(await call(({ headers }) => void Object.assign(headers, { 'content-type': sent }))).toMatchObject({
      status: 415,
    });
  });

  it.each(odd('/elsewhere'))('whose path is $sent has none', async ({ sent }) => {
    expect(await call((event) => void Object.assign(event, { rawPath: sent }))).toMatchObject({ status: 200 });
  });

  it.each(odd('timeout=5s'))('whose query and time are $sent has neither', async ({ sent }) => {
    const answer = await call((event) => {
      Object.assign(event, { rawQueryString: sent });
      Object.assign(event.requestContext, { timeEpoch: sent });
    });

    expect(answer).toMatchObject({ status: 200 });
  });
});
