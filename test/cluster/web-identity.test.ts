// AWS web identity tokens: the cluster accepts those of the function and no other ones.
//
// STS is a fake whose issuer the generated AuthenticationConfiguration trusts.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticationConfiguration } from '../../cli/manifests/authentication-configuration.ts';
import { WEBHOOK_USER } from '../../cli/manifests/names.ts';
import { ClusterConnection } from '../../lib/cluster/http/connection.ts';
import { Deadline } from '../../lib/common/deadline.ts';
import { createTestAuthority } from '../../testing/certificates.ts';
import { createGuardian, type Guardian } from '../../testing/guardian.ts';
import type { Credentials } from '../fakes/aws/signature.ts';
import { type Sts, startSts } from '../fakes/aws/sts.ts';
import { type CallingFunction, WebIdentityIssuer, webIdentityToken } from '../fakes/aws/web-identity-issuer.ts';
import { applyAccess } from './access.ts';
import { pod, roleAnnotation, roleArn, serviceAccount } from './manifests.ts';
import { roleOf } from './stored-pod.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';
import type { WebhookUnderTest } from './webhook-under-test.ts';

const region = 'eu-central-1';
const audience = 'cwii:test';
const webhookFunction: CallingFunction = {
  account: '123456789012',
  roleArn: 'arn:aws:iam::123456789012:role/cwii-test-webhook',
  functionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:cwii-test-webhook:live',
};
const others = {
  'of another account': {
    account: '999999999999',
    roleArn: 'arn:aws:iam::999999999999:role/cwii-test-webhook',
    functionArn: 'arn:aws:lambda:eu-central-1:999999999999:function:cwii-test-webhook',
  },
  'of another account with the ARNs of this one': { ...webhookFunction, account: '999999999999' },
  'with another role': { ...webhookFunction, roleArn: `${webhookFunction.roleArn}2` },
  'that is another function': {
    ...webhookFunction,
    functionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:cwii-test-webhook2',
  },
} as const;

const credentialsOf = (name: string): Credentials => ({
  accessKeyId: `ASIA${name.toUpperCase().replace(/[^A-Z]/g, '')}`,
  secretAccessKey: `secret of ${name}`,
  sessionToken: `session of ${name}`,
});
const order = { audience, algorithm: 'ES384', seconds: 900 };
const webhookCredentials = credentialsOf('webhook');

describe('a web identity token', () => {
  let guardian: Guardian;
  let issuer: WebIdentityIssuer;
  let sts: Sts;
  let cluster: TestCluster;
  beforeAll(async () => {
    guardian = createGuardian();
    const authority = await createTestAuthority();
    issuer = await WebIdentityIssuer.start(await authority.issue());
    sts = await startSts({
      issuer: issuer.url,
      region,
      functions: [
        { ...webhookFunction, credentials: webhookCredentials },
        ...Object.entries(others).map(([name, other]) => ({ ...other, credentials: credentialsOf(name) })),
      ],
    });
    const { roleArn: role, functionArn } = webhookFunction;
    const configuration = authenticationConfiguration({
      issuer: issuer.url,
      audience,
      apiVersion: 'v1beta1',
      functions: [{ username: WEBHOOK_USER, roleArn: role, functionArn }],
    });
    const path = join(guardian.directory, 'authentication.yaml');
    await writeFile(path, JSON.stringify(configuration));
    cluster = await startTestCluster(['es384', 'rs256', 'once', 'renewed', 'stranger'], {
      authority,
      apiServerFlags: [`--authentication-config=${path}`],
    });
    await applyAccess(cluster, 'users');
  });
  afterAll(async () => {
    await cluster?.stop();
    await sts?.endpoint[Symbol.asyncDispose]();
    await issuer?.[Symbol.asyncDispose]();
    await guardian?.release();
  });

  const environment = ({ accessKeyId, secretAccessKey, sessionToken }: Credentials) => ({
    CWII_KUBE_CREDENTIAL: `web-identity:${audience}`,
    AWS_ENDPOINT_URL_STS: sts.endpoint.url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  });

  it.each(['ES384', 'RS256'])('signed with %s lets the function inject identities', async (algorithm) => {
    const name = algorithm.toLowerCase();
    await addWebhook(name, webhookCredentials, { CWII_WEB_IDENTITY_ALGORITHM: algorithm });

    const created = await createPod(name);

    expect(created).toMatchObject({ code: 0, stderr: '' });
    expect(roleOf(created.stored())).toBe(roleArn(name));
    const reads = (await cluster.auditEvents()).filter(
      ({ user, objectRef }) => user.username === WEBHOOK_USER && objectRef?.namespace === name,
    );
    expect(new Set(reads.map(({ verb }) => verb))).toEqual(new Set(['get']));
  });

  it('is requested once, at the start, for any number of pods', async () => {
    const before = sts.endpoint.calls.length;
    await addWebhook('once', webhookCredentials);

    for (const created of await Promise.all([createPod('once', 'a'), createPod('once', 'b'), createPod('once', 'c')]))
      expect(roleOf(created.stored())).toBe(roleArn('once'));
    expect(sts.endpoint.calls.length - before).toBe(1);
  });

  it('that the API server rejects is refreshed once, and the pod gets its identity', async () => {
    sts.tokens.ahead = -3600;
    const webhook = await cluster.startWebhook('renewed', environment(webhookCredentials));
    sts.tokens.ahead = 0;
    const before = sts.endpoint.calls.length;
    await addNamespace('renewed');
    await cluster.register({ name: 'renewed', webhook });

    expect(roleOf((await createPod('renewed')).stored())).toBe(roleArn('renewed'));
    expect(sts.endpoint.calls.length - before).toBe(1);
  });

  it('has an audience that no pod can ask for', async () => {
    const asking = { ...roleAnnotation('es384'), 'cwii.dev/aws-audience': audience };

    const { code, stderr } = await cluster.kubectlCreate(pod('es384', 'asking', { annotations: asking }));

    expect(code).toBe(1);
    expect(stderr).toContain('this is an audience of the API server');
  });

  it('of a function with another role is rejected, and kubectl shows the cause', async () => {
    const before = sts.endpoint.calls.length;
    const webhook = await addWebhook('stranger', credentialsOf('with another role'));
    const asked = sts.endpoint.calls.length;

    const { code, stderr } = await createPod('stranger');

    expect(code).toBe(1);
    expect(stderr).toContain("the API server rejected the function's token (HTTP 401)");
    expect((await webhook.logged('stranger')).at(-1)).toMatchObject({ code: 'cluster-unauthorized', status: 503 });
    expect(webhook.log().join('\n')).not.toContain('eyJ');
    expect(asked - before).toBeGreaterThan(0);
    // Each read is retried with a new token, which they share; the API server rejects that token too.
    expect(sts.endpoint.calls.length - asked).toBeLessThanOrEqual(2);
  });

  describe('of the right function', () => {
    it('is accepted', async () => {
      expect(await statusOf(await webIdentityToken(issuer.url, webhookFunction, order))).toBe(201);
    });

    it.each([
      ['for another cluster', { audience: 'cwii:another' }],
      ['for the same cluster, once it has expired', { ahead: -order.seconds - 1 }],
    ])('is rejected %s', async (_, change) => {
      expect(await statusOf(await webIdentityToken(issuer.url, webhookFunction, { ...order, ...change }))).toBe(401);
    });

    it('is rejected if it is of another issuer', async () => {
      const token = await webIdentityToken('https://other.tokens.sts.global.api.aws', webhookFunction, order);

      expect(await statusOf(token)).toBe(401);
    });
  });

  it.each(Object.entries(others))('of a function %s is rejected', async (_, caller) => {
    expect(await statusOf(await webIdentityToken(issuer.url, caller, order))).toBe(401);
  });

  async function addNamespace(name: string): Promise<void> {
    await cluster.addNamespace(name, { calledBy: [name] });
    await cluster.create(serviceAccount(name, 'my-app', roleAnnotation(name)));
  }

  async function addWebhook(name: string, credentials: Credentials, env = {}): Promise<WebhookUnderTest> {
    await addNamespace(name);
    return cluster.addWebhook(name, { ...environment(credentials), ...env });
  }

  function createPod(namespace: string, name = 'app') {
    return cluster.kubectlCreate(pod(namespace, name, { serviceAccountName: 'my-app' }));
  }

  /** The status of a request that every authenticated user may make. */
  async function statusOf(token: string): Promise<number> {
    const connection = new ClusterConnection({ url: new URL(cluster.url), ca: cluster.caPem });
    using deadline = new Deadline(10_000);
    const { status } = await connection.send(
      {
        path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
        headers: { authorization: `Bearer ${token}` },
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
      },
      deadline.abortSignal(),
    );
    connection.close();
    return status;
  }
});
