// Tests of ClusterDiscovery: how the issuer's documents are requested, and the error for each failure.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Credential } from '../../../lib/cluster/credentials/credential.ts';
import { ClusterDiscovery } from '../../../lib/cluster/discovery.ts';
import { ApiClient } from '../../../lib/cluster/http/api-client.ts';
import { ClusterConnection } from '../../../lib/cluster/http/connection.ts';
import { CwiiError } from '../../../lib/common/errors.ts';
import {
  answer,
  type Fault,
  hang,
  hangMidBody,
  html,
  hugeBody,
  resetBeforeAnswer,
  resetMidBody,
  resetMidStream,
} from '../../../testing/network/faults.ts';
import { FakeKubeApi } from '../../fakes/kube-api.ts';
import { ListedTokens } from '../../fakes/listed-tokens.ts';

const discoveryPath = '/.well-known/openid-configuration';
const jwksPath = '/openid/v1/jwks';
const documents = { discovery: '{"issuer":"https://oidc.example.com"}', jwks: '{"keys":[]}' };

function status(code: number, message: string): Fault {
  return answer(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code });
}

describe.each(['HTTP/2', 'HTTP/1.1'] as const)('the documents of the cluster, over %s', (protocol) => {
  let api: FakeKubeApi;
  let connection: ClusterConnection;
  let tokens: ListedTokens;

  beforeEach(async () => {
    api = await FakeKubeApi.start({ protocol });
    for (const base of ['', '/base'])
      api
        .answerAt(base + discoveryPath, answer(200, documents.discovery))
        .answerAt(base + jwksPath, answer(200, documents.jwks));
    connection = new ClusterConnection({ url: api.url, ca: api.ca });
    tokens = new ListedTokens('first-token', 'second-token');
  });
  afterEach(async () => {
    connection.close();
    await api[Symbol.asyncDispose]();
  });

  const discovery = (credential: Credential | undefined = tokens, timeoutMs = 5000) =>
    new ClusterDiscovery(new ApiClient(connection, credential), timeoutMs);

  async function failure(reading = discovery().read()): Promise<CwiiError> {
    try {
      await reading;
    } catch (error) {
      if (error instanceof CwiiError) return error;
      throw error;
    }
    throw new Error('reading the documents did not fail');
  }

  it('are requested with the token and the media type that the API server serves', async () => {
    expect(await discovery().read()).toEqual(documents);
    const asked = api.requests.map(({ path, headers }) => [path, headers['accept'], headers['authorization']]);
    expect(asked.sort()).toEqual([
      [discoveryPath, 'application/json', 'Bearer first-token'],
      [jwksPath, 'application/jwk-set+json', 'Bearer first-token'],
    ]);
  });

  it('are requested without a token if there is no credential', async () => {
    expect(await new ClusterDiscovery(new ApiClient(connection, undefined)).read()).toEqual(documents);
    for (const { headers } of api.requests) expect(headers).not.toHaveProperty('authorization');
  });

  it('are below the path of the API server’s URL', async () => {
    const linked = new ClusterConnection({ url: new URL('/base/', api.url), ca: api.ca });
    expect(await new ClusterDiscovery(new ApiClient(linked, tokens)).read()).toEqual(documents);
    linked.close();
  });

  it.each<[string, Fault]>([
    ['a connection that is reset', resetBeforeAnswer],
    ['an incomplete answer', resetMidBody],
    ['an incomplete answer without a length', resetMidStream],
    ['500', status(500, 'etcd is down')],
    ['503 of a proxy', html(503)],
    ['429', status(429, 'too many')],
  ])('are read after %s', async (_, fault) => {
    api.failNext(fault);
    expect(await discovery().read()).toEqual(documents);
  });

  it('are requested again on a new connection, which may reach a healthy API server', async () => {
    api.failNext(status(500, 'etcd is down'), status(500, 'etcd is down'));
    await discovery().read();
    const [first, , ...again] = api.requests.map((request) => request.connection);
    for (const number of again) expect(number).not.toBe(first);
  });

  it('are read with another token if the first one is rejected', async () => {
    api.failNext(status(401, 'Unauthorized'));
    expect(await discovery().read()).toEqual(documents);
    expect(tokens.rejections).toContain('first-token');
    expect(api.requests.at(-1)?.headers['authorization']).toBe('Bearer second-token');
  });

  it.each<[string, Fault, string, RegExp]>([
    [
      'the token is rejected',
      status(401, 'Unauthorized'),
      'cluster-unauthorized',
      /CWII_KUBE_CREDENTIAL .*AuthenticationConfiguration.* The API server says: Unauthorized$/,
    ],
    [
      'the user is not allowed',
      status(403, 'forbidden: User "cwii:issuer" cannot get path'),
      'cluster-forbidden',
      /ClusterRole system:service-account-issuer-discovery .*says: forbidden: User "cwii:issuer" cannot get path$/,
    ],
    ['a document is missing', html(404), 'cluster-document-missing', /CWII_KUBE_API_URL .*--service-account-issuer/],
    [
      'the answer is a redirect',
      answer(302, '', { location: 'https://login.example.com' }),
      'cluster-redirected',
      /redirect.* \(HTTP 302\)/,
    ],
    ['only another format is served', status(406, 'only the following'), 'cluster-answer-unexpected', /HTTP 406/],
    ['every answer is an error', status(500, ' a\n  b '), 'cluster-answer-unexpected', /HTTP 500.* says: a b$/],
    ['the answer is too large', hugeBody, 'cluster-answer-unexpected', /too large/],
    ['every connection is reset', resetBeforeAnswer, 'cluster-unreachable', /CWII_KUBE_CA/],
  ])('are named in the error, with the remedy, if %s', async (_, fault, code, message) => {
    api.failAlways(fault);
    const error = await failure();
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).toContain(`${api.url.origin}/`);
  });

  it.each([
    ['nothing', hang],
    ['the beginning of an answer', hangMidBody],
  ])('are reported as a timeout if only %s comes in time', async (_, fault) => {
    api.failAlways(fault);
    expect((await failure(discovery(tokens, 100).read())).code).toBe('cluster-timeout');
  });

  it('are reported as a timeout if the token does not come in time', async () => {
    const silent: Credential = { audiences: [], token: () => new Promise(() => undefined), rejected: () => undefined };

    expect((await failure(discovery(silent, 100).read())).code).toBe('cluster-timeout');
  });

  it('are not requested without the configured token', async () => {
    const lost = new CwiiError('credential-unreadable', 'the cluster token cannot be read from /token');
    const credential = { audiences: [], token: () => Promise.reject(lost), rejected: () => undefined };
    expect(await failure(discovery(credential).read())).toMatchObject({
      code: 'credential-unreadable',
      message: expect.stringContaining('the cluster token cannot be read from /token'),
      cause: lost,
    });
    expect(api.requests).toEqual([]);
  });
});
