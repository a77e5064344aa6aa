// Tests of openApiClient: connection and token at start, with failures left to the first request.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ApiClient } from '../../../lib/cluster/http/api-client.ts';
import { KubeReader } from '../../../lib/cluster/kube-reader.ts';
import { openApiClient } from '../../../lib/cluster/open-api-client.ts';
import { Deadline } from '../../../lib/common/deadline.ts';
import { namespaces } from '../../../lib/kubernetes/objects.ts';
import type { CredentialSource } from '../../../lib/settings/cluster-credential.ts';
import { silence } from '../../fakes/aws/endpoint.ts';
import { type Secrets, startSecretsManager } from '../../fakes/aws/secrets-manager.ts';
import { type Sts, startSts } from '../../fakes/aws/sts.ts';
import { FakeKubeApi } from '../../fakes/kube-api.ts';
import { createTokenIssuer } from '../../sdk/token-issuer.ts';
import { asOnLambda, lambdaCredentials, region } from './credentials/aws.ts';

const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:cwii-a1b2c3';
const caller = {
  account: '123456789012',
  roleArn: 'arn:aws:iam::123456789012:role/webhook',
  functionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:webhook',
};
const webIdentity = { kind: 'web-identity', audience: 'cwii:test', algorithm: 'ES384', region } as const;

asOnLambda();

let api: FakeKubeApi;
let sts: Sts;
let secrets: Secrets;
let folder: string;
const reports: unknown[] = [];

beforeEach(async () => {
  reports.length = 0;
  folder = await mkdtemp(join(tmpdir(), 'cwii-open-'));
  await writeFile(join(folder, 'token'), 'token-of-a-file');
  api = (await FakeKubeApi.start()).serve('/api/v1/namespaces/shop');
  const functions = [{ ...caller, credentials: lambdaCredentials }];
  sts = await startSts({ issuer: 'https://issuer.example.com', region, functions });
  secrets = await startSecretsManager({ region, caller: lambdaCredentials });
  vi.stubEnv('AWS_ENDPOINT_URL_STS', sts.endpoint.url);
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', secrets.endpoint.url);
});
afterEach(async () => {
  for (const one of [api, sts.endpoint, secrets.endpoint]) await one[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const open = (credential: CredentialSource, url = api.url) =>
  openApiClient({ url, ca: api.ca, credential }, (error) => reports.push(error));

async function readNamespace(client: ApiClient, milliseconds = 5000) {
  using deadline = new Deadline(milliseconds);
  return await new KubeReader(client).read({ kind: namespaces, name: 'shop' }, { deadline, fresh: false });
}

describe('the API client', () => {
  it.each<[CredentialSource['kind'], () => CredentialSource, RegExp]>([
    ['file', () => ({ kind: 'file', path: join(folder, 'token') }), /^Bearer token-of-a-file$/],
    ['web-identity', () => webIdentity, /^Bearer eyJ/],
    ['secret', () => ({ kind: 'secret', arn, region }), /^Bearer eyJ/],
    ['eks', () => ({ kind: 'eks', cluster: 'test', region }), /^Bearer k8s-aws-v1\.aHR0cHM/],
  ])('has a connection and a token of %s before the first request, which uses both', async (kind, source, bearer) => {
    const issuer = await createTokenIssuer('https://issuer.example.com');
    const order = { namespace: 'cwii-system', serviceAccount: 'cwii-reader', audience: 'api', expirationSeconds: 3600 };
    secrets.versions.set(arn, [issuer.issue(order)]);
    const client = await open(source());
    const fetches = kind === 'web-identity' || kind === 'secret' ? 1 : 0;
    // On a busy machine, `open` does not wait until both are there.
    const calls = () => sts.endpoint.calls.length + secrets.endpoint.calls.length;
    await vi.waitFor(() => expect([api.accepted, calls()]).toEqual([1, fetches]), 60_000);
    await readNamespace(client);

    expect(api.accepted).toBe(1);
    expect(calls()).toBe(fetches);
    expect(api.requests.map(({ headers }) => headers['authorization'])).toEqual([expect.stringMatching(bearer)]);
    expect(reports).toEqual([]);
  });

  it('opens without a token if getting it fails, reports that, and tries again for the first request', async () => {
    sts.endpoint.failNext(sts.endpoint.refusal(403, 'AccessDenied'));
    const client = await open(webIdentity);
    expect(reports).toMatchObject([{ code: 'credential-unreadable' }]);

    expect(await readNamespace(client)).toMatchObject({ attempts: 1 });
    expect(reports).toHaveLength(1);
  });

  it('reports the cause with the request if getting a token still fails', async () => {
    sts.endpoint.failAlways(sts.endpoint.refusal(403, 'AccessDenied'));
    const client = await open(webIdentity);

    await expect(readNamespace(client)).rejects.toMatchObject({
      code: 'credential-unreadable',
      cause: { message: expect.stringContaining('is denied sts:GetWebIdentityToken') },
    });
  });

  it('opens although STS does not answer, and a request ends at its own deadline', async () => {
    sts.endpoint.failAlways(silence);
    const opening = open(webIdentity);
    // The connection does not wait for the token.
    await vi.waitFor(() => expect([api.accepted, sts.endpoint.calls.length]).toEqual([1, 1]), 60_000);
    const client = await opening;

    await expect(readNamespace(client, 100)).rejects.toMatchObject({
      code: 'credential-timeout',
      message: 'Namespace shop could not be read from the cluster: the function did not get its cluster token in time',
    });
  });

  it('opens although the API server cannot be reached', async () => {
    const stopped = await FakeKubeApi.start();
    const { url } = stopped;
    await stopped[Symbol.asyncDispose]();
    const client = await open({ kind: 'file', path: join(folder, 'token') }, url);

    await expect(readNamespace(client)).rejects.toMatchObject({ code: 'cluster-unreachable' });
  });
});
