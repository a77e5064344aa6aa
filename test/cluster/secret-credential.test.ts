// A ServiceAccount token in Secrets Manager: what it may do, its rotation and its revocation.
//
// Secrets Manager is a fake; both functions are the built ones.

import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NAMESPACE, READER } from '../../cli/manifests/names.ts';
import type { Answer } from '../../functions/token-rotation/handler.ts';
import { claimsOf } from '../../lib/cluster/credentials/token-claims.ts';
import { createClusterClient } from '../../testing/cluster/client.ts';
import { type Secrets, startSecretsManager } from '../fakes/aws/secrets-manager.ts';
import { applyAccess } from './access.ts';
import { invokeFunction } from './invoke-function.ts';
import { pod, roleAnnotation, roleArn, serviceAccount } from './manifests.ts';
import { roleOf } from './stored-pod.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';
import type { WebhookUnderTest } from './webhook-under-test.ts';

const region = 'eu-central-1';
const arn = `arn:aws:secretsmanager:${region}:123456789012:secret:cwii-test-a1b2c3`;
const credentials = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'of the functions',
  sessionToken: 'session/of+both==',
};
/** The ServiceAccount that `cwii manifests` creates. */
const reader = { namespace: NAMESPACE, name: READER };
const readerPath = `/api/v1/namespaces/${reader.namespace}/serviceaccounts/${reader.name}`;

describe('a token in Secrets Manager', () => {
  let cluster: TestCluster;
  let secrets: Secrets;
  let webhook: WebhookUnderTest;
  beforeAll(async () => {
    secrets = await startSecretsManager({ region, caller: credentials });
    cluster = await startTestCluster();
    await applyAccess(cluster, 'service-account');
    secrets.versions.set(arn, [`${await cluster.serviceAccountToken(reader.namespace, reader.name)}\n`]);
    webhook = await cluster.addWebhook('cwii', {
      ...aws(),
      CWII_KUBE_CREDENTIAL: `secret:${arn}`,
      CWII_CACHE_SECONDS: '0',
    });
    await cluster.addNamespace('shop');
    await cluster.create(serviceAccount('shop', 'my-app', roleAnnotation('shop')));
  });
  afterAll(async () => {
    await cluster?.stop();
    await secrets?.endpoint[Symbol.asyncDispose]();
  });

  it('lets the function inject identities, and is read once', async () => {
    expect(roleOf((await createPod('first')).stored())).toBe(roleArn('shop'));
    expect(roleOf((await createPod('second')).stored())).toBe(roleArn('shop'));
    expect(secrets.endpoint.calls).toHaveLength(1);
  });

  it('is replaced by the rotation function with a new token of the same ServiceAccount', async () => {
    const before = tokenInSecret();
    const { answer, error, log } = await rotate();

    expect(error).toBeUndefined();
    expect(answer?.expiresAt).toEqual(expect.any(String));
    const [old, next] = [claimsOf(before), claimsOf(tokenInSecret())];
    expect(tokenInSecret()).not.toBe(before);
    expect(next?.sub).toBe(`system:serviceaccount:${reader.namespace}:${reader.name}`);
    expect(next).toMatchObject({ iss: old?.iss, aud: old?.aud, sub: old?.sub });
    expect((next?.exp ?? 0) - (next?.iat ?? 0)).toBe(7200);
    expect(log).toMatchObject([
      { outcome: 'rotated' },
      { service: 'token-rotation', TokenAgeRatio: expect.closeTo(0, 2) },
    ]);
  });

  it('may renew itself and do nothing else except its reads', async () => {
    const rules = await rulesWith(tokenInSecret());
    // Kubernetes 1.37 lets every ServiceAccount list clustertrustbundles, for instance.
    const ofEverybody = await rulesWith(await cluster.serviceAccountToken(reader.namespace, 'default'));

    const own = rules.filter((rule) => !ofEverybody.some((other) => isDeepStrictEqual(rule, other)));
    const verbs = (rules: Rule[]) => [...new Set(rules.flatMap((rule) => rule.verbs))].sort();
    expect(verbs(own)).toEqual(['create', 'get']);
    expect(own.filter((rule) => rule.verbs.includes('create'))).toEqual([
      expect.objectContaining({ resources: ['serviceaccounts/token'], resourceNames: [reader.name] }),
    ]);
  });

  it.each([
    ['a token of another ServiceAccount', `/api/v1/namespaces/${reader.namespace}/serviceaccounts/default/token`],
    ['a token of another namespace', '/api/v1/namespaces/shop/serviceaccounts/my-app/token'],
    ['a token of its name in kube-system', `/api/v1/namespaces/kube-system/serviceaccounts/${reader.name}/token`],
    ['a ServiceAccount', `/api/v1/namespaces/${reader.namespace}/serviceaccounts`],
    ['a Role', `/apis/rbac.authorization.k8s.io/v1/namespaces/${reader.namespace}/roles`],
    ['a Secret', `/api/v1/namespaces/${reader.namespace}/secrets`],
  ])('cannot create %s', async (_, path) => {
    await expect(asReader('POST', path, { metadata: { name: 'x' } })).rejects.toMatchObject({ status: 403 });
  });

  it('stays the same while the rule that allows its renewal is missing', async () => {
    const rolePath = `/apis/rbac.authorization.k8s.io/v1/namespaces/${reader.namespace}/roles/cwii-reader-renewal`;
    await cluster.api('DELETE', rolePath);
    const before = tokenInSecret();
    // The authorizer learns about the deletion from a watch, with a delay.
    const failed = await cluster.waitFor('the rule to be gone', async () => {
      const outcome = await rotate();
      return outcome.error !== undefined && outcome;
    });
    await applyAccess(cluster, 'service-account');

    expect(failed.log).toMatchObject([
      { code: 'token-forbidden', error: expect.stringContaining('resourceNames [cwii-reader]') },
      { Rotated: 0, Failures: 1 },
    ]);
    expect(secrets.versions.get(arn)).toContain(before);
  });

  it('keeps working while Secrets Manager is unavailable', async () => {
    secrets.endpoint.failAlways(secrets.endpoint.refusal(500, 'InternalServiceError'));
    const created = await createPod('meanwhile');
    secrets.endpoint.failAlways(undefined);

    expect(roleOf(created.stored())).toBe(roleArn('shop'));
  });

  it('is revoked by deleting its ServiceAccount, and kubectl shows the reason', async () => {
    await cluster.api('DELETE', readerPath);
    const revoked = async () => {
      const created = await createPod(`revoked-${Date.now()}`);
      return created.code !== 0 && created;
    };
    // The API server caches the user of a token for ten seconds.
    const refused = await cluster.waitFor('the token to be revoked', revoked);

    expect(refused.stderr).toContain("the API server rejected the function's token (HTTP 401)");
    expect((await webhook.logged('shop')).at(-1)).toMatchObject({ status: 503, code: 'cluster-unauthorized' });
    // The newest token in the secret may have been cached later than the one that the function has.
    const rejected = () => rotate().then(({ error }) => error?.code === 'token-rejected' && error);
    const { message } = await cluster.waitFor('the rotation to be rejected', rejected);
    expect(message).toContain('if the ServiceAccount was deleted or created again');
    await cluster.api('POST', readerPath.replace(/\/[^/]+$/, ''), { metadata: { name: reader.name } });
  });

  it('works again after somebody stores a new one, without a restart of the function', async () => {
    const token = await cluster.serviceAccountToken(reader.namespace, reader.name);
    secrets.versions.get(arn)?.push(token);

    expect(roleOf((await createPod('again')).stored())).toBe(roleArn('shop'));
    expect(webhook.log().join('\n')).not.toContain(token);
  });

  interface Rule {
    readonly verbs: string[];
    readonly apiGroups: string[];
    readonly resources: string[];
    readonly resourceNames?: string[];
  }

  function tokenInSecret(): string {
    return secrets.versions.get(arn)?.at(-1)?.trim() ?? '';
  }

  function aws() {
    return {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint.url,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
    };
  }

  function createPod(name: string) {
    return cluster.kubectlCreate(pod('shop', name, { serviceAccountName: 'my-app' }));
  }

  /** Sends a request with the token in the secret. */
  function asReader<T>(method: string, path: string, body: object): Promise<T> {
    return callWith<T>(tokenInSecret(), method, path, body);
  }

  async function callWith<T>(token: string, method: string, path: string, body: object): Promise<T> {
    const { url, caPem, kubeconfigPath } = cluster;
    const client = createClusterClient({ url, caPem, kubeconfigPath, token, directory: '' });
    return client.api<T>(method, path, body).finally(() => client.close());
  }

  /** The permissions of the token's user in the namespace of the reader. */
  async function rulesWith(token: string): Promise<Rule[]> {
    const review = await callWith<{ status: { resourceRules: Rule[] } }>(
      token,
      'POST',
      '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
      { spec: { namespace: reader.namespace } },
    );
    return review.status.resourceRules;
  }

  function rotate() {
    const env = {
      ...aws(),
      CWII_CLUSTER_NAME: 'test',
      CWII_KUBE_API_URL: cluster.url,
      CWII_KUBE_CA: cluster.caPem,
      CWII_TOKEN_SECRET_ARN: arn,
      CWII_TOKEN_EXPIRATION_SECONDS: '7200',
    };
    const tokens = () => secrets.versions.get(arn)?.map((token) => token.trim()) ?? [];
    return invokeFunction<Answer>('token-rotation', {}, env, tokens);
  }
});
