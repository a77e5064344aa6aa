// Tests callers with a token of the cluster's issuer, through the whole function.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import type { CallerVerdict, Presentation } from '../../../lib/callers/caller-tokens.ts';
import { eventOf, reviewOf } from '../../fakes/events.ts';
import { callerToken } from '../../fakes/secrets.ts';
import { startWebhook, statusIn } from '../../fakes/webhook.ts';

const accepted: CallerVerdict = { accepted: true, apiGroups: undefined };

/** The function with a verifier that gives one verdict, and what the verifier was asked. */
function webhookWith(verdict: CallerVerdict | Error) {
  const asked: Presentation[] = [];
  const webhook = startWebhook({
    verifyCaller: (presentation) => {
      asked.push(presentation);
      return verdict instanceof Error ? Promise.reject(verdict) : Promise.resolve(verdict);
    },
  });
  const call = (change: (event: LambdaFunctionURLEvent) => void = () => undefined, review = reviewOf()) =>
    webhook.call(
      eventOf(review, (event) => {
        event.headers['authorization'] = 'Bearer header.claims.signature';
        change(event);
      }),
    );
  return { ...webhook, asked, call };
}

describe('a caller with a token of the cluster', () => {
  it('is served if the token is valid', async () => {
    const { call, asked } = webhookWith(accepted);

    expect(await call()).toMatchObject({ status: 200 });
    expect(asked.map(({ token }) => token)).toEqual(['header.claims.signature']);
  });

  it('is verified for the URL that Lambda received, not for one that the caller names', async () => {
    const { call, asked } = webhookWith(accepted);
    await call((event) => {
      event.rawPath = '/unlabelled';
      event.requestContext.domainName = 'abc.lambda-url.eu-central-1.on.aws';
      Object.assign(event.headers, { host: 'evil.example', 'x-forwarded-host': 'evil.example' });
    });

    expect(asked.map(({ url }) => url?.href)).toEqual(['https://abc.lambda-url.eu-central-1.on.aws/unlabelled']);
  });

  it('has no URL if the event has no domain', async () => {
    const { call, asked } = webhookWith(accepted);
    await call((event) => void Reflect.deleteProperty(event.requestContext, 'domainName'));

    expect(asked.map(({ url }) => url)).toEqual([undefined]);
  });

  it('gets 401 without a reason if the token is not valid; the log has the reason and a part of the digest', async () => {
    const { call, log } = webhookWith({ accepted: false, reason: 'its token has expired' });
    const answer = await call();

    expect(answer.status).toBe(401);
    expect(answer.text).not.toContain('expired');
    expect(JSON.parse(log[0] ?? '')).toMatchObject({
      outcome: 'refused',
      code: 'unauthorized',
      caller: expect.stringMatching(/^unknown token, SHA-256 [0-9a-f]{8}\.\.\.; its token has expired$/),
    });
  });

  it('gets 503 if the keys cannot be read, so that the failurePolicy decides; the log has the cause', async () => {
    const { call, log } = webhookWith(new Error('the API server is down at 10.0.0.1'));
    const answer = await call();

    expect(answer.status).toBe(503);
    expect(statusIn(answer)).toMatchObject({ reason: 'caller-keys-unreadable', code: 503 });
    expect(answer.text).not.toContain('10.0.0.1');
    expect(JSON.parse(log[0] ?? '')).toMatchObject({
      level: 'error',
      outcome: 'failed',
      code: 'caller-keys-unreadable',
      error: 'Error: the API server is down at 10.0.0.1',
    });
  });
});

describe('a caller with a digest', () => {
  it('is served without a verification', async () => {
    const { call, asked } = webhookWith(new Error('must not be asked'));

    const answer = await call((event) => {
      event.headers['authorization'] = `Bearer ${callerToken}`;
    });

    expect(answer.status).toBe(200);
    expect(asked).toEqual([]);
  });
});

describe('a caller without a bearer token', () => {
  it.each([undefined, '', 'Basic dXNlcjpwYXNzd29yZA=='])('gets 401 without a verification: %j', async (sent) => {
    const { call, asked } = webhookWith(accepted);
    const answer = await call((event) => {
      if (sent === undefined) delete event.headers['authorization'];
      else event.headers['authorization'] = sent;
    });

    expect(answer.status).toBe(401);
    expect(asked).toEqual([]);
  });
});

describe('a caller whose token is attested for an API group', () => {
  const forApps: CallerVerdict = { accepted: true, apiGroups: ['apps'] };
  const deployment = { kind: { group: 'apps', version: 'v1', kind: 'Deployment' } };

  it('is served for an object of that group', async () => {
    const review = reviewOf();
    const { call } = webhookWith(forApps);

    expect(await call(undefined, { ...review, request: { ...review.request, ...deployment } })).toMatchObject({
      status: 200,
    });
  });

  it('gets 401 for a pod, whose group is the core group', async () => {
    const { call, log } = webhookWith(forApps);

    expect(await call()).toMatchObject({ status: 401 });
    expect(log[0]).toContain('attested for another API group');
  });
});
