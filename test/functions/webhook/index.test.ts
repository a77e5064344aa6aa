// Tests that the entry reads its configuration from the environment and opens the cluster with it.

import { mkdtemp, mkdtempDisposable, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CLOSED_PORT } from '../../../testing/ports.ts';
import { eventOf, reviewOfPod, roleArn } from '../../fakes/events.ts';
import { FakeKubeApi } from '../../fakes/kube-api.ts';
import { callerToken, clusterToken, digestOf, specMarker } from '../../fakes/secrets.ts';
import { type WatchedLog, watchStandardOutput } from '../../fakes/watched-log.ts';

const withoutRequest = reviewOfPod(({ metadata }) => {
  metadata.annotations = {};
});

describe('The entry', () => {
  let log: WatchedLog;
  beforeEach(() => {
    vi.resetModules();
    log = watchStandardOutput('webhook', () => [callerToken, clusterToken, specMarker]);
    vi.stubEnv('CWII_CALLER_TOKEN_SHA256', digestOf(callerToken).toString('hex'));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  it.each([
    { does: 'reads the configured cluster for every pod', cacheSeconds: undefined, reads: 2 },
    { does: 'caches the objects of the cluster if that is configured', cacheSeconds: '60', reads: 1 },
  ])('exports a handler that $does', async ({ cacheSeconds, reads }) => {
    await using api = await FakeKubeApi.start();
    api.serve('/base/api/v1/namespaces/shop', { annotations: { 'cwii.dev/aws-role-arn': roleArn } });
    const folder = await mkdtemp(join(tmpdir(), 'cwii-entry-'));
    await writeFile(join(folder, 'token'), clusterToken);
    vi.stubEnv('CWII_KUBE_API_URL', `${api.url.origin}/base/`);
    vi.stubEnv('CWII_KUBE_CA', api.ca);
    vi.stubEnv('CWII_KUBE_CREDENTIAL', `file:${join(folder, 'token')}`);
    vi.stubEnv('CWII_CACHE_SECONDS', cacheSeconds);

    const { handler } = await import('../../../functions/webhook/index.ts');
    const answers = [await handler(eventOf(withoutRequest)), await handler(eventOf(withoutRequest))];
    await rm(folder, { recursive: true });

    for (const answer of answers)
      expect(answer).toMatchObject({ statusCode: 200, body: expect.stringContaining('"patch"') });
    expect(api.requests[0]?.headers['authorization']).toBe(`Bearer ${clusterToken}`);
    expect(api.requests.filter(({ path }) => path === '/base/api/v1/namespaces/shop')).toHaveLength(reads);
  });

  it('exports a check that reads the namespace default, and the end of the token', async () => {
    await using api = await FakeKubeApi.start();
    await using folder = await mkdtempDisposable(join(tmpdir(), 'cwii-entry-'));
    const claims = Buffer.from('{"exp":4102444800}').toString('base64url');
    await writeFile(join(folder.path, 'token'), `${Buffer.from('{}').toString('base64url')}.${claims}.signature`);
    vi.stubEnv('CWII_KUBE_API_URL', api.url.origin);
    vi.stubEnv('CWII_KUBE_CA', api.ca);
    vi.stubEnv('CWII_KUBE_CREDENTIAL', `file:${join(folder.path, 'token')}`);

    const { checkCluster, tokenEndsAt } = await import('../../../functions/webhook/index.ts');
    const missing = await checkCluster();
    api.serve('/api/v1/namespaces/default');
    const found = await checkCluster();

    expect(missing).toMatchObject({ url: `${api.url.origin}/`, error: { code: 'namespace-missing' } });
    expect(found).toEqual({ url: `${api.url.origin}/`, error: undefined });
    expect(tokenEndsAt()).toBe(Date.parse('2100-01-01T00:00:00Z'));
  });

  it('exports a check without a result if no cluster is read', async () => {
    const { checkCluster, tokenEndsAt } = await import('../../../functions/webhook/index.ts');

    expect([await checkCluster(), tokenEndsAt()]).toEqual([undefined, undefined]);
  });

  it('exports a handler with static annotations, inline or from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cwii-entry-'));
    const path = join(folder, 'static.yaml');
    await writeFile(
      path,
      `- { namespace: shop, serviceAccount: "*", annotations: { cwii.dev/aws-role-arn: "${roleArn}" } }`,
    );
    const inline = JSON.stringify([{ namespace: 'shop', annotations: { 'cwii.dev/aws-role-arn': roleArn } }]);

    for (const setting of [path, inline]) {
      vi.resetModules();
      vi.stubEnv('CWII_STATIC_ANNOTATIONS', setting);
      const { handler } = await import('../../../functions/webhook/index.ts');

      expect(await handler(eventOf(withoutRequest))).toMatchObject({ body: expect.stringContaining('"patch"') });
    }
    await rm(folder, { recursive: true });
  });

  it.each(['[{"namespace": 1}]', '/nowhere.yaml', '- ['])(
    'does not start with the invalid static annotations %s',
    async (text) => {
      vi.stubEnv('CWII_STATIC_ANNOTATIONS', text);

      await expect(import('../../../functions/webhook/index.ts')).rejects.toMatchObject({ code: 'config-invalid' });
    },
  );

  it('writes a line of metrics after each log line on Lambda', async () => {
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'cwii-prod');
    vi.stubEnv('CWII_CLUSTER_NAME', 'prod');
    const { handler } = await import('../../../functions/webhook/index.ts');

    await handler(eventOf());

    expect(log.entries()).toEqual([
      expect.objectContaining({ outcome: 'admitted' }),
      expect.objectContaining({ _aws: expect.anything(), cluster: 'prod', Admissions: 1, ColdStarts: 1 }),
    ]);
  });

  it('writes no metrics outside of Lambda', async () => {
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', undefined);
    const { handler } = await import('../../../functions/webhook/index.ts');

    await handler(eventOf());

    expect(log.lines).toHaveLength(1);
  });

  it('starts even if it cannot fetch a token, logs that, and fails the next request with the cause', async () => {
    await using api = await FakeKubeApi.start();
    const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:cwii-a1b2c3';
    vi.stubEnv('CWII_KUBE_API_URL', api.url.origin);
    vi.stubEnv('CWII_KUBE_CA', api.ca);
    vi.stubEnv('CWII_KUBE_CREDENTIAL', `secret:${arn}`);
    vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', `http://127.0.0.1:${CLOSED_PORT}`);
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'x');

    const { handler } = await import('../../../functions/webhook/index.ts');
    const answer = await handler(eventOf(withoutRequest));

    expect(answer).toMatchObject({
      statusCode: 503,
      body: expect.stringContaining('the function has no usable cluster token'),
    });
    expect(log.entries()).toMatchObject([
      { code: 'credential-not-renewed', error: expect.stringContaining(arn) },
      { code: 'credential-unreadable', error: expect.stringContaining('cannot be reached (ECONNREFUSED)') },
    ]);
  });

  it('exports a handler without access to a cluster', async () => {
    const { handler } = await import('../../../functions/webhook/index.ts');

    expect(await handler(eventOf())).toMatchObject({ statusCode: 200, body: expect.stringContaining('"patch"') });
  });

  it('does not start with an invalid configuration', async () => {
    vi.stubEnv('CWII_TYPO', 'x');

    await expect(import('../../../functions/webhook/index.ts')).rejects.toMatchObject({ code: 'config-invalid' });
  });
});
