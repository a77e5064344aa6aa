// A service of one's own at the JWT login of Vault and OpenBao: the example of docs/services.md.
//
// The login is the backend of the release (testing/jwt-login); Vault itself takes long to build.

import { sign } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createSigningKey, type SigningKey } from '../../testing/certificates.ts';
import { type JwtLogin, startJwtLogin } from '../../testing/jwt-login.ts';
import { type RunnablePod, startContainer, type TokenSource } from '../sdk/container.ts';
import { mountRoot } from '../sdk/federated-cluster.ts';
import { pod, serviceAccount } from './manifests.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';
import { claimsOf } from './three-clouds.ts';

const namespace = 'shop';
const documented = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'services.md'), 'utf8');

let root: string;
let cluster: TestCluster;
let keys: HttpServer;
let login: JwtLogin;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'cwii-node-'));
  cluster = await startTestCluster();
  const { stdout: jwks } = await cluster.kubectl(['get', '--raw', '/openid/v1/jwks']);
  keys = createServer((_, response) => void response.setHeader('content-type', 'application/json').end(jwks));
  await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve));
  login = await startJwtLogin();
  await configureAsDocumented();
  const services = documentedServices().replace('https://openbao.example.com', login.address);
  await cluster.addWebhook('cwii', {
    CWII_MOUNT_ROOT: mountRoot(root),
    CWII_CUSTOM_SERVICES: JSON.stringify(parse(services).services),
  });
  await cluster.addNamespace(namespace);
  for (const name of ['my-app', 'stranger']) await cluster.create(serviceAccount(namespace, name));
});
afterAll(async () => {
  keys?.close();
  await login?.stop();
  await cluster?.stop();
  if (root) await rm(root, { recursive: true });
});

describe('a pod with the service of docs/services.md', () => {
  const annotations = { 'cwii.dev/openbao-role': 'my-app' };

  it('logs in with its file and its variables', async () => {
    const env = await startPod('web', annotations);

    const { status, body } = await logIn(env);

    expect(body).toMatchObject({
      auth: {
        policies: ['my-app'],
        metadata: { role: 'my-app' },
      },
    });
    expect(status).toBe(200);
  });

  it('is refused for the ServiceAccount of another pod', async () => {
    await expectRefusal(await startPod('intruder', annotations, 'stranger'), /invalid subject \(sub\) claim/);
  });

  it('is refused with a token of another audience', async () => {
    const of = { ...annotations, 'cwii.dev/openbao-audience': 'vault.example.com' };
    await expectRefusal(await startPod('elsewhere', of), /invalid audience \(aud\) claim/);
  });

  it('is refused for a role that does not exist', async () => {
    await expectRefusal(
      await startPod('other-role', { 'cwii.dev/openbao-role': 'admin' }),
      /role "admin" could not be/,
    );
  });

  it('is refused with an expired token', async () => {
    const env = await startPod('late', annotations);
    const token = await readFile(env['BAO_TOKEN_PATH'] ?? '', 'utf8');
    const dated = (seconds: number) => signAgain(token, seconds, cluster.signingKey);

    // A key and claims with which the login works at another time.
    expect((await logIn(env, dated(0))).status).toBe(200);
    await expectRefusal(env, /token is expired/, dated(-7200));
  });

  it('is refused with a token of another cluster', async () => {
    const env = await startPod('foreign', annotations);
    const token = await readFile(env['BAO_TOKEN_PATH'] ?? '', 'utf8');

    await expectRefusal(env, /error validating token/, signAgain(token, 0, await createSigningKey()));
  });
});

async function expectRefusal(env: Readonly<Record<string, string>>, message: RegExp, token?: string): Promise<void> {
  const { status, body } = await logIn(env, token);
  expect(body).toEqual({ errors: [expect.stringMatching(message)] });
  expect(status).toBe(400);
}

/** Logs in as a program in the container, which knows only its variables. */
async function logIn(env: Readonly<Record<string, string>>, other?: string) {
  const jwt = other ?? (await readFile(env['BAO_TOKEN_PATH'] ?? '', 'utf8'));
  const body = JSON.stringify({ role: env['BAO_ROLE'], jwt });
  const response = await fetch(`${env['BAO_ADDR']}/v1/auth/jwt/login`, { method: 'POST', body });
  return { status: response.status, body: await response.json() };
}

async function startPod(name: string, annotations: Readonly<Record<string, string>>, account = 'my-app') {
  const stored = await cluster.create(pod(namespace, name, { annotations, serviceAccountName: account }));
  const requestToken = async (_: unknown, { audience, expirationSeconds: seconds }: TokenSource) =>
    cluster.serviceAccountToken(namespace, account, { audiences: [audience], seconds });
  return (await startContainer(stored as RunnablePod, 'app', { root, requestToken })).env;
}

/** The same claims with other times. */
function signAgain(token: string, seconds: number, { privateKeyPem }: SigningKey): string {
  const [header = ''] = token.split('.');
  const claims = claimsOf(token);
  const moved = Object.fromEntries(
    ['exp', 'iat', 'nbf'].map((name) => [name, (claims[name] as number) + seconds] as const),
  );
  const signed = `${header}.${Buffer.from(JSON.stringify({ ...claims, ...moved })).toString('base64url')}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), privateKeyPem).toString('base64url')}`;
}

/** The commands `bao write` of the documentation; the key set is at another place. */
async function configureAsDocumented(): Promise<void> {
  const commands = documented.replaceAll('\\\n', ' ').matchAll(/^ *bao write (auth\/jwt\/\S+) +(.+)$/gm);
  const written: string[] = [];
  for (const [, path = '', settings = ''] of commands) {
    const data = Object.fromEntries(
      settings
        .trim()
        .split(/\s+/)
        .map((setting) => setting.split(/=(.*)/s).slice(0, 2)),
    );
    if (data.jwks_url) data.jwks_url = `http://127.0.0.1:${(keys.address() as AddressInfo).port}/openid/v1/jwks`;
    const response = await fetch(`${login.address}/v1/${path}`, { method: 'POST', body: JSON.stringify(data) });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    written.push(path);
  }
  expect(written).toEqual(['auth/jwt/config', 'auth/jwt/role/my-app']);
}

function documentedServices(): string {
  const block = /```yaml\n(services:\n[^`]+?name: openbao[^`]+)```/.exec(documented)?.[1];
  if (!block) throw new Error('docs/services.md does not have the service openbao');
  return block;
}
