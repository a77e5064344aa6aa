// Tests of TokenRequests: the requests to the token API, and the error for each failure.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TokenRequests } from '../../../lib/cluster/token-requests.ts';
import { answer, brokenJson, html, resetBeforeAnswer } from '../../../testing/network/faults.ts';
import { FakeKubeApi } from '../../fakes/kube-api.ts';

const reader = { namespace: 'cwii-system', name: 'cwii-reader' };
const given = answer(201, { kind: 'TokenRequest', status: { token: 'new-token' } });
const reviewed = answer(201, { kind: 'SelfSubjectReview', status: { userInfo: { username: 'reader' } } });
const status = (code: number, message: string) => answer(code, { kind: 'Status', message, code });

let api: FakeKubeApi;
let requests: TokenRequests;
beforeEach(async () => {
  api = await FakeKubeApi.start();
  requests = new TokenRequests({ url: new URL('/k8s/', api.url), ca: api.ca });
});
afterEach(() => api[Symbol.asyncDispose]());

describe('the token API', () => {
  it('is requested a token for the API server, with a token of the same ServiceAccount', async () => {
    api.failNext(given);

    expect(await requests.request('old-token', reader, 3600)).toBe('new-token');
    expect(api.requests).toMatchObject([
      {
        method: 'POST',
        path: '/k8s/api/v1/namespaces/cwii-system/serviceaccounts/cwii-reader/token',
        headers: { authorization: 'Bearer old-token', 'content-type': 'application/json' },
        body: '{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":3600}}',
      },
    ]);
  });

  it('is requested to name the user of the new token', async () => {
    api.failNext(reviewed);

    expect(await requests.userOf('new-token')).toBe('reader');
    expect(api.requests).toMatchObject([
      {
        method: 'POST',
        path: '/k8s/apis/authentication.k8s.io/v1/selfsubjectreviews',
        headers: { authorization: 'Bearer new-token' },
      },
    ]);
  });

  it.each([
    ['breaks the connection', resetBeforeAnswer],
    ['is overloaded', status(429, 'too many requests')],
    ['is overloaded and sends Retry-After', answer(429, '', { 'retry-after': '1' })],
    ['is restarting', html(502)],
  ])('is requested again if it %s', async (_, fault) => {
    api.failNext(fault, fault, given);

    expect(await requests.request('old-token', reader, 3600)).toBe('new-token');
  });

  it('is not requested again if Retry-After is beyond the deadline', async () => {
    api.failAlways(answer(429, '', { 'retry-after': '3600' }));

    await expect(requests.request('old-token', reader, 3600)).rejects.toMatchObject({
      code: 'cluster-answer-unexpected',
      message: expect.stringContaining('HTTP 429'),
    });
    expect(api.requests).toHaveLength(1);
  });

  it.each([
    [
      'token-rejected',
      status(401, 'Unauthorized'),
      /it rejected the token in the secret \(HTTP 401\); put a new token into the secret if the ServiceAccount was deleted/,
    ],
    [
      'token-forbidden',
      status(403, 'forbidden'),
      /in namespace cwii-system, bind to the ServiceAccount a Role with the verb create on the resource serviceaccounts\/token and resourceNames \[cwii-reader\]/,
    ],
    ['service-account-missing', status(404, 'not found'), /the ServiceAccount does not exist \(HTTP 404\)/],
    [
      'cluster-answer-unexpected',
      status(422, 'may not specify a duration less than 10 minutes'),
      /\(HTTP 422\); check .+\. The API server says: may not specify a duration/,
    ],
    ['cluster-answer-unexpected', status(422, 'x'.repeat(10_000)), /says: x{300}$/],
    ['cluster-answer-unexpected', html(503), /\(HTTP 503\); check the log and the load of the API server$/],
    ['cluster-answer-unexpected', answer(201, { status: { token: '' } }), /not what was requested \(HTTP 201\)/],
    ['cluster-answer-unexpected', brokenJson, /not what was requested \(HTTP 200\)/],
    [
      'cluster-unreachable',
      resetBeforeAnswer,
      /did not issue a new token for ServiceAccount cwii-system\/cwii-reader: no connection/,
    ],
  ])('fails with %s', async (code, fault, message) => {
    api.failAlways(fault);

    await expect(requests.request('old-token', reader, 3600)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('fails with token-rejected if it rejects the new token', async () => {
    api.failAlways(status(401, 'Unauthorized'));

    await expect(requests.userOf('new-token')).rejects.toMatchObject({ code: 'token-rejected' });
  });

  it('fails with cluster-answer-unexpected if it forbids the review of the new token', async () => {
    api.failAlways(status(403, 'Forbidden'));

    await expect(requests.userOf('new-token')).rejects.toMatchObject({
      code: 'cluster-answer-unexpected',
      message: expect.stringContaining('system:basic-user'),
    });
  });
});
