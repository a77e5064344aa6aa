// Tests of the issuer's entry: it connects the cluster, its credential and the bucket from the environment.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { answer } from '../../../testing/network/faults.ts';
import { discoveryDocument, issuer, keySet, rsaJwk } from '../../fakes/issuer-keys.ts';
import { FakeKubeApi } from '../../fakes/kube-api.ts';
import { FakeS3 } from '../../fakes/s3.ts';
import { clusterToken } from '../../fakes/secrets.ts';
import { watchStandardOutput } from '../../fakes/watched-log.ts';
import { lambdaCredentials } from '../../lib/cluster/credentials/aws.ts';

describe('the entry', () => {
  let api: FakeKubeApi;
  let s3: FakeS3;
  let folder: string;

  beforeEach(async () => {
    vi.resetModules();
    const { accessKeyId, secretAccessKey } = lambdaCredentials;
    watchStandardOutput('issuer', () => [clusterToken, secretAccessKey]);
    [api, s3] = await Promise.all([FakeKubeApi.start(), FakeS3.start('cwii-issuer')]);
    api
      .answerAt('/.well-known/openid-configuration', answer(200, discoveryDocument()))
      .answerAt('/openid/v1/jwks', answer(200, keySet(rsaJwk())));
    folder = await mkdtemp(join(tmpdir(), 'cwii-entry-'));
    await writeFile(join(folder, 'token'), clusterToken);
    const env = {
      CWII_CLUSTER_NAME: 'test',
      CWII_KUBE_API_URL: api.url.href,
      CWII_KUBE_CA: api.ca,
      CWII_ISSUER_URL: issuer,
      CWII_ISSUER_BUCKET: 'cwii-issuer',
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    };
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
    await Promise.all([api[Symbol.asyncDispose](), s3[Symbol.asyncDispose]()]);
  });

  it.each([
    ['without a token', () => 'none', undefined],
    ['with the token of a file', () => `file:${join(folder, 'token')}`, `Bearer ${clusterToken}`],
  ])('exports a handler that copies from the cluster to the bucket, %s', async (_, credential, authorization) => {
    vi.stubEnv('CWII_KUBE_CREDENTIAL', credential());
    const { handler } = await import('../../../functions/issuer/index.ts');

    expect(await handler({})).toMatchObject({ written: [expect.anything(), expect.anything(), expect.anything()] });
    expect(s3.requests.filter((request) => request.startsWith('PUT'))).toEqual([
      'PUT state/test.json',
      'PUT my-cluster/openid/v1/jwks',
      'PUT my-cluster/.well-known/openid-configuration',
    ]);
    for (const { headers } of api.requests) expect(headers['authorization']).toBe(authorization);
  });

  it('does not start with unknown settings', async () => {
    vi.stubEnv('CWII_CALLER_TOKEN_SHA256', 'of the webhook');
    await expect(import('../../../functions/issuer/index.ts')).rejects.toMatchObject({ code: 'config-invalid' });
  });
});
