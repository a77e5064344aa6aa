// The API server as a ServiceAccount: the files of `cwii manifests --caller service-account`.

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSigningKey, createTestAuthority, type TestAuthority } from '../../testing/certificates.ts';
import { createGuardian, type Guardian } from '../../testing/guardian.ts';
import { type ReservedPort, reservePort } from '../../testing/ports.ts';
import { callApi } from './call-api.ts';
import { pod, roleAnnotation, roleArn } from './manifests.ts';
import {
  applyStep,
  callerDigest,
  callerToken,
  claimsOf,
  makeManifests,
  serveManifests,
  useControlPlaneFiles,
} from './manifests-in-use.ts';
import { roleOf } from './stored-pod.ts';
import { reader, startTestCluster, type TestCluster } from './test-cluster.ts';
import type { WebhookUnderTest } from './webhook-under-test.ts';

const run = promisify(execFile);
const subject = 'system:serviceaccount:cwii-system:api-server';

let guardian: Guardian;
let authority: TestAuthority;
let cluster: TestCluster;
let port: ReservedPort;
/** The folder of the manifests, and that of a node's files. */
let out: string;
let node: string;
let webhook: WebhookUnderTest | undefined;

const url = () => `https://127.0.0.1:${port.port}/mutate`;
const tokenFile = () => join(node, 'caller-token');
const presentToken = async () => (await readFile(tokenFile(), 'utf8')).trim();

beforeAll(async () => {
  guardian = createGuardian();
  port = await reservePort();
  authority = await createTestAuthority();
  cluster = await startTestCluster([], { authority });
  out = await makeManifests(guardian.directory, {
    cluster,
    credential: { secret: {} },
    args: ['--url', url(), '--caller', 'service-account'],
    entry: { callers: { tokenSha256: [callerDigest], subjects: [subject] }, issuerHosting: undefined },
  });
  await applyStep(cluster, out, '1-access');
  const flags = await useControlPlaneFiles(guardian.directory, out);
  node = join(guardian.directory, 'on-the-node');
  await useRenewal();
  await cluster.restartApiServer([cluster.signingKey], flags);
  webhook = await serve({ CWII_CALLER_TOKEN_SHA256: callerDigest, CWII_CALLER_SUBJECTS: subject });
  await cluster.register({ name: 'cwii', webhook });
});
afterAll(async () => {
  await webhook?.stop();
  await cluster?.stop();
  await guardian?.release();
});

async function serve(callers: Readonly<Record<string, string>>): Promise<WebhookUnderTest> {
  const token = await cluster.serviceAccountToken(reader.namespace, reader.name);
  return serveManifests({
    port,
    certificate: cluster.certificate,
    guardian,
    secrets: [callerToken, token],
    cluster,
    token,
    env: { CWII_DEADLINE_MARGIN_MS: '5000', CWII_CALLER_AUDIENCES: url(), ...callers },
  });
}

/** Copies the script with the paths of this test. */
async function useRenewal(): Promise<void> {
  const script = await readFile(join(out, '2-control-plane', 'cwii-caller-token'), 'utf8');
  await writeFile(join(node, 'cwii-caller-token'), script.replaceAll('/etc/kubernetes/cwii', node));
  await chmod(join(node, 'cwii-caller-token'), 0o755);
}

/** Runs the script as its systemd unit does. */
async function renew(): Promise<string> {
  const env = { KUBECONFIG: cluster.kubeconfigPath, PATH: `${cluster.kubectlFolder}:${process.env['PATH']}` };
  await run(join(node, 'cwii-caller-token'), { env });
  return presentToken();
}

/** Starts the function again on its port, as a deployment with other settings does. */
async function redeploy(callers: Readonly<Record<string, string>>): Promise<void> {
  await webhook?.stop();
  webhook = await serve(callers);
}

async function createPod(): Promise<string | undefined> {
  const created = await cluster.kubectlCreate(pod('shop', `web-${randomUUID().slice(0, 8)}`));
  return roleOf(created.stored());
}

/** The answer of the function to a caller with this token. */
async function statusFor(token: string): Promise<number> {
  const { status } = await callApi({ url: url(), caPem: authority.certPem }, '/mutate', {
    token,
    method: 'POST',
    body: {},
  });
  return status;
}

it('the script writes a token of one hour for the URL of the webhook, which only root can read', async () => {
  const token = await renew();
  const { sub, aud, iat, exp } = claimsOf(token);

  expect({ sub, aud }).toEqual({ sub: subject, aud: [url()] });
  expect(Number(exp) - Number(iat)).toBe(3600);
  expect((await stat(tokenFile())).mode & 0o777).toBe(0o600);
});

it('the user of the script can get no token of another ServiceAccount, and nothing else', async () => {
  const asUser = (...args: string[]) => cluster.kubectl([...args, '--as=cwii:caller-token']);

  expect(await asUser('create', 'token', 'default', '-n', 'cwii-system')).toMatchObject({ code: 1 });
  expect(await asUser('create', 'token', 'api-server', '-n', 'default')).toMatchObject({ code: 1 });
  expect(await asUser('get', 'secrets', '-n', 'cwii-system')).toMatchObject({ code: 1 });
});

it('a failed renewal keeps the token, leaves no file behind, and ends with an error', async () => {
  const before = await presentToken();
  await cluster.api(
    'DELETE',
    '/apis/rbac.authorization.k8s.io/v1/namespaces/cwii-system/rolebindings/api-server-token',
  );
  await cluster.waitFor('the permission to be revoked', () =>
    renew().then(
      () => false,
      (error: Error) => error.message.includes('cannot create resource "serviceaccounts/token"'),
    ),
  );
  await applyStep(cluster, out, '1-access');
  await cluster.waitFor('the permission to be granted', () =>
    renew().then(
      () => true,
      () => false,
    ),
  );

  expect(await presentToken()).not.toBe(before);
  expect((await readdir(node)).filter((name) => name.startsWith('caller-token'))).toEqual(['caller-token']);
});

it('the function accepts the token, and rejects those of other ServiceAccounts and audiences', async () => {
  const request = async (namespace: string, name: string, ...args: string[]) => {
    const { code, stdout, stderr } = await cluster.kubectl(['create', 'token', name, '-n', namespace, ...args]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    webhook?.forbid([stdout.trim()]);
    return stdout.trim();
  };

  // 400: the caller is authentic, and its body is not a review.
  expect(await statusFor(await renew())).toBe(400);
  expect(await statusFor(await request('cwii-system', 'default', `--audience=${url()}`))).toBe(401);
  expect(await statusFor(await request('cwii-system', 'api-server'))).toBe(401);
  expect(await statusFor(await request('cwii-system', 'api-server', '--audience=https://other.example.com'))).toBe(401);
  expect(webhook?.log().join('')).toContain(`its token is not for the audience ${url()}`);
});

it('no pod is lost while the API server changes from the digest to the ServiceAccount', async () => {
  await cluster.addNamespace('shop', { annotations: roleAnnotation('shop') });
  await writeFile(tokenFile(), `${callerToken}\n`);
  const roles: (string | undefined)[] = [];
  let changing = true;
  const load = (async () => {
    while (changing) {
      roles.push(await createPod());
      await pause(250);
    }
  })();
  try {
    // The API server reads the file again after a minute at most (client-go, NewCachedFileTokenSource).
    await pause(5_000);
    webhook?.forbid([await renew()]);
    await pause(70_000);
  } finally {
    changing = false;
  }
  await load;
  await redeploy({ CWII_CALLER_SUBJECTS: subject });

  expect(new Set(roles)).toEqual(new Set([roleArn('shop')]));
  expect(await createPod()).toBe(roleArn('shop'));
  expect(await statusFor(callerToken)).toBe(401);
});

it('tokens of a new signing key are accepted as soon as the API server signs with it', async () => {
  const before = await presentToken();
  const flags = await useControlPlaneFiles(guardian.directory, out);
  await cluster.restartApiServer([await createSigningKey(), cluster.signingKey], flags);
  const after = await renew();
  webhook?.forbid([before, after]);

  expect(keyIdOf(after)).not.toBe(keyIdOf(before));
  await cluster.waitFor('the function to read the new key', async () => (await statusFor(after)) === 400);
  expect(await statusFor(before)).toBe(400);
});

it('the alternative: the API server gets its token from kubectl itself', async () => {
  const file = await readFile(join(out, '2-control-plane', 'webhook-kubeconfig-exec.yaml'), 'utf8');
  await writeFile(
    join(node, 'webhook-kubeconfig.yaml'),
    file
      .replace('/usr/local/bin/kubectl', join(cluster.kubectlFolder, 'kubectl'))
      .replace('/etc/rancher/k3s/k3s.yaml', cluster.kubeconfigPath),
  );
  await rm(tokenFile());
  await cluster.restartApiServer(
    [cluster.signingKey],
    [`--admission-control-config-file=${node}/admission-configuration.yaml`],
  );

  expect(await createPod()).toBe(roleArn('shop'));
});

function keyIdOf(token: string): unknown {
  return (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: unknown }).kid;
}
