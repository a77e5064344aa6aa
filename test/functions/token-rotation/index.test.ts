// Tests of the token rotation entry: it connects secret, cluster, metrics and log from the environment.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { answer } from '../../../testing/network/faults.ts';
import { type Secrets, startSecretsManager } from '../../fakes/aws/secrets-manager.ts';
import { FakeKubeApi } from '../../fakes/kube-api.ts';
import { type WatchedLog, watchStandardOutput } from '../../fakes/watched-log.ts';
import { asOnLambda, lambdaCredentials, region } from '../../lib/cluster/credentials/aws.ts';
import { createTokenIssuer } from '../../sdk/token-issuer.ts';

const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:cwii-test-a1b2c3';
const user = 'system:serviceaccount:cwii-system:cwii-reader';

asOnLambda();

describe('the entry', () => {
  let secrets: Secrets;
  let log: WatchedLog;
  let api: FakeKubeApi;
  beforeEach(async () => {
    vi.resetModules();
    const { secretAccessKey, sessionToken } = lambdaCredentials;
    log = watchStandardOutput('token-rotation', () => [
      secretAccessKey,
      sessionToken,
      ...[...secrets.versions.values()].flat(),
    ]);
    secrets = await startSecretsManager({ region, caller: lambdaCredentials });
    api = await FakeKubeApi.start();
    vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', secrets.endpoint.url);
    vi.stubEnv('CWII_CLUSTER_NAME', 'test');
    vi.stubEnv('CWII_KUBE_API_URL', api.url.origin);
    vi.stubEnv('CWII_KUBE_CA', api.ca);
    vi.stubEnv('CWII_TOKEN_SECRET_ARN', arn);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    for (const one of [api, secrets.endpoint]) await one[Symbol.asyncDispose]();
  });

  it('replaces the token in the secret', async () => {
    const issuer = await createTokenIssuer('https://oidc.example.com/test');
    const order = { namespace: 'cwii-system', serviceAccount: 'cwii-reader', audience: 'api', expirationSeconds: 3600 };
    const [old, next] = [issuer.issue({ ...order, age: 900 }), issuer.issue(order)];
    secrets.versions.set(arn, [old]);
    api.failNext(answer(201, { status: { token: next } }), answer(201, { status: { userInfo: { username: user } } }));

    const { handler } = await import('../../../functions/token-rotation/index.ts');
    await handler();

    expect(secrets.versions.get(arn)).toEqual([old, next]);
    expect(api.requests.map(({ headers }) => headers['authorization'])).toEqual([`Bearer ${old}`, `Bearer ${next}`]);
    expect(log.entries()).toMatchObject([
      { outcome: 'rotated', cluster: 'test' },
      { service: 'token-rotation', cluster: 'test', Rotated: 1, Failures: 0 },
    ]);
  });

  it('says how to put a token of the configured ServiceAccount into the secret', async () => {
    vi.stubEnv('CWII_TOKEN_SERVICE_ACCOUNT', 'tools/reader');
    secrets.versions.set(arn, []);
    const { handler } = await import('../../../functions/token-rotation/index.ts');

    await expect(handler()).rejects.toThrow('kubectl create token --namespace tools reader ');
  });

  it('does not start with an invalid configuration', async () => {
    vi.stubEnv('CWII_TOKEN_SECRET_ARN', 'cwii-test');

    await expect(import('../../../functions/token-rotation/index.ts')).rejects.toMatchObject({
      code: 'config-invalid',
    });
  });
});
