// Knows what happens at the function's start: connection and token together, and that a failure waits for the request.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CredentialSource } from '../../../lib/cluster/credentials/create.ts';
import { KubeReader } from '../../../lib/cluster/kube-reader.ts';
import { openCluster } from '../../../lib/cluster/open.ts';
import { Deadline } from '../../../lib/common/deadline.ts';
import { namespaces } from '../../../lib/kubernetes/objects.ts';
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
  openCluster({ url, ca: api.ca, credential }, (error) => reports.push(error));

async function readNamespace({ connection, credential }: Awaited<ReturnType<typeof open>>) {
  using deadline = new Deadline(5000);
  const read = new KubeReader(connection, credential).read(
    { kind: namespaces, name: 'shop' },
    { deadline, fresh: false },
  );
  return await read.finally(() => connection.close());
}

describe('the way into the cluster', () => {
  it.each<[CredentialSource['kind'], () => CredentialSource, RegExp]>([
    ['file', () => ({ kind: 'file', path: join(folder, 'token') }), /^Bearer token-of-a-file$/],
    ['web-identity', () => webIdentity, /^Bearer eyJ/],
    ['secret', () => ({ kind: 'secret', arn, region }), /^Bearer eyJ/],
    ['eks', () => ({ kind: 'eks', cluster: 'test', region }), /^Bearer k8s-aws-v1\.aHR0cHM/],
  ])('is open by %s before the first request, and serves it', async (_, source, bearer) => {
    const issuer = await createTokenIssuer('https://issuer.example.com');
    const order = { namespace: 'cwii-system', serviceAccount: 'cwii-reader', audience: 'api', expirationSeconds: 3600 };
    secrets.versions.set(arn, [issuer.issue(order)]);
    const cluster = await open(source());
    await vi.waitFor(() => expect(api.accepted).toBe(1), 60_000);
    const calls = sts.endpoint.calls.length + secrets.endpoint.calls.length;
    await readNamespace(cluster);

    expect(api.accepted).toBe(1);
    expect(sts.endpoint.calls.length + secrets.endpoint.calls.length).toBe(calls);
    expect(api.requests.map(({ headers }) => headers['authorization'])).toEqual([expect.stringMatching(bearer)]);
    expect(reports).toEqual([]);
  });

  it('opens without a token that could not be got, which is reported; the first request tries again', async () => {
    sts.endpoint.failNext(sts.endpoint.refusal(403, 'AccessDenied'));
    const cluster = await open(webIdentity);
    expect(reports).toMatchObject([{ code: 'credential-unreadable' }]);

    expect(await readNamespace(cluster)).toMatchObject({ attempts: 1 });
    expect(reports).toHaveLength(1);
  });

  it('names the cause to the request, where the token still cannot be got', async () => {
    sts.endpoint.failAlways(sts.endpoint.refusal(403, 'AccessDenied'));
    const cluster = await open(webIdentity);

    await expect(readNamespace(cluster)).rejects.toMatchObject({
      code: 'credential-unreadable',
      cause: { message: expect.stringContaining('is denied sts:GetWebIdentityToken') },
    });
  });

  it('opens though STS says nothing, and a request ends at its own deadline', async () => {
    sts.endpoint.failAlways(silence);
    const opening = open(webIdentity);
    // The connection does not wait for the token.
    await vi.waitFor(() => expect([api.accepted, sts.endpoint.calls.length]).toEqual([1, 1]), 60_000);
    const { connection, credential } = await opening;
    using deadline = new Deadline(100);
    const read = new KubeReader(connection, credential).read(
      { kind: namespaces, name: 'shop' },
      { deadline, fresh: false },
    );

    await expect(read).rejects.toMatchObject({
      code: 'credential-timeout',
      message: 'Namespace shop could not be read from the cluster: the function did not get its cluster token in time',
    });
    connection.close();
  });

  it('opens though the cluster cannot be reached', async () => {
    const away = await FakeKubeApi.start();
    const { url } = away;
    await away[Symbol.asyncDispose]();
    const cluster = await open({ kind: 'file', path: join(folder, 'token') }, url);

    await expect(readNamespace(cluster)).rejects.toMatchObject({ code: 'cluster-unreachable' });
  });
});
