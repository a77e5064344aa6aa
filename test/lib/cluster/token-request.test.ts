// Knows what the cluster's token API is asked, and what each of its answers means to whoever runs the rotation.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TokenRequests } from '../../../lib/cluster/token-request.ts';
import { answer, brokenJson, html, resetBeforeAnswer } from '../../fakes/faults.ts';
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

describe('the cluster', () => {
  it('is asked for a token of its own audience, by the token of the same ServiceAccount', async () => {
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

  it('is asked whose the new token is', async () => {
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
    ['breaks off', resetBeforeAnswer],
    ['is overloaded', status(429, 'too many requests')],
    ['is overloaded and says when to come again', answer(429, '', { 'retry-after': '1' })],
    ['is restarting', html(502)],
  ])('is asked again where it %s', async (_, fault) => {
    api.failNext(fault, fault, given);

    expect(await requests.request('old-token', reader, 3600)).toBe('new-token');
  });

  it('is not waited for where it asks for more patience than there is', async () => {
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
      /the API server does not accept the token \(401\); its ServiceAccount was deleted/,
    ],
    [
      'token-forbidden',
      status(403, 'forbidden'),
      /in namespace cwii-system it needs a Role with the verb create on the resource serviceaccounts\/token and resourceNames \[cwii-reader\]/,
    ],
    ['service-account-missing', status(404, 'not found'), /there is no such ServiceAccount \(404\)/],
    [
      'cluster-answer-unexpected',
      status(422, 'may not specify a duration less than 10 minutes'),
      /HTTP 422: may not specify a duration/,
    ],
    ['cluster-answer-unexpected', status(422, 'x'.repeat(10_000)), /HTTP 422: x{300}$/],
    ['cluster-answer-unexpected', html(503), /HTTP 503$/],
    ['cluster-answer-unexpected', answer(201, { status: { token: '' } }), /HTTP 201$/],
    ['cluster-answer-unexpected', brokenJson, /HTTP 200$/],
    [
      'cluster-unreachable',
      resetBeforeAnswer,
      /the cluster was not asked for a new token of ServiceAccount cwii-system\/cwii-reader: /,
    ],
  ])('gives no token: %s', async (code, fault, message) => {
    api.failAlways(fault);

    await expect(requests.request('old-token', reader, 3600)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('does not say whose a token is that it does not accept', async () => {
    api.failAlways(status(401, 'Unauthorized'));

    await expect(requests.userOf('new-token')).rejects.toMatchObject({ code: 'token-rejected' });
  });
});
