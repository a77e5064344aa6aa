// What `cwii manifests` writes, used as its README says, on a real API server: every file is taken, and works.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { cwii } from '../cli/command.ts';
import { callApi, whoAmI } from './call-api.ts';
import { createTestAuthority } from './harness/certificates.ts';
import { type ControlPlane, startControlPlane } from './harness/control-plane.ts';
import { createGuardian, type Guardian } from './harness/guardian.ts';
import { freePort } from './harness/ports.ts';
import { asks, pod, serviceAccount } from './manifests.ts';
import { roleOf, type StoredPod } from './stored-pod.ts';
import { sha256 } from './test-cluster.ts';
import { startWebIdentityIssuer, type WebIdentity, type WebIdentityIssuer } from './web-identity-issuer.ts';
import { startWebhook, type WebhookUnderTest } from './webhook-under-test.ts';

const OLD_ISSUER = 'https://kubernetes.default.svc.cluster.local';
const NEW_ISSUER = 'https://oidc.example.com/test';
const callerToken = 'the-token-of-the-webhook-kubeconfig';
const arn = (service: string, name: string) => `arn:aws:${service}:123456789012:${name}`;
const webhookFunction: WebIdentity = {
  audience: 'cwii:test',
  roleArn: arn('iam:', 'role/cwii-test-webhook'),
  functionArn: arn('lambda:eu-central-1', 'function:cwii-test-webhook'),
};
const issuerFunction: WebIdentity = {
  audience: 'cwii:test',
  roleArn: arn('iam:', 'role/cwii-test-issuer'),
  functionArn: arn('lambda:eu-central-1', 'function:cwii-test-issuer'),
};

let guardian: Guardian;
let issuer: WebIdentityIssuer;
let cluster: ControlPlane;
let webhook: WebhookUnderTest;
let folder: string;
let out: string;
/** Tokens that pods had before the issuer changed. */
let before: { bound: string; legacy: string };
/** The API server's flags as kubeadm would write them. */
let flags: readonly string[];

beforeAll(async () => {
  guardian = createGuardian();
  folder = guardian.directory;
  const authority = await createTestAuthority();
  const certificate = await authority.issue();
  issuer = await startWebIdentityIssuer(certificate);
  const port = await freePort();
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };

  cluster = await startControlPlane({ issuer: OLD_ISSUER, trustedCaPem: authority.certPem });
  before = { bound: await cluster.serviceAccountToken('default', 'default'), legacy: await legacyToken() };

  await file('cwii.yaml', clusterFile({ webIdentity: { issuer: issuer.url } }));
  await file(
    'cdk-outputs.json',
    JSON.stringify({
      'cwii-test': {
        WebhookRoleArn: webhookFunction.roleArn,
        WebhookFunctionArn: `${webhookFunction.functionArn}:live`,
        IssuerRoleArn: issuerFunction.roleArn,
        IssuerFunctionArn: issuerFunction.functionArn,
      },
    }),
  );
  out = join(folder, 'manifests', 'test');
  await run(
    '--url',
    `https://127.0.0.1:${port}`,
    '--webhook-ca',
    await file('webhook-ca.crt', authority.certPem),
    '--require',
  );

  await useControlPlaneFiles();
  await cluster.restartApiServer([cluster.signingKey], flags);
  await apply('1-access');
  const { certPem, keyPem } = certificate;
  webhook = await startWebhook({
    port,
    certificatePath: await file('webhook.crt', certPem),
    keyPath: await file('webhook.key', keyPem),
    guardian,
    env: {
      CWII_CALLER_TOKEN_SHA256: sha256(callerToken),
      CWII_MARK_PODS: 'true',
      CWII_KUBE_API_URL: cluster.url,
      CWII_KUBE_CA: cluster.caPem,
      CWII_KUBE_CREDENTIAL: `file:${await file('reader.token', await issuer.token(webhookFunction))}`,
    },
  });
  await apply('3-webhook');
  await apply('4-require');
});
afterAll(async () => {
  await webhook?.stop();
  await cluster?.stop();
  await issuer?.stop();
  await guardian?.release();
});

describe('with all steps done', () => {
  it('a pod of a labelled namespace has the identity that its ServiceAccount asks for', async () => {
    await cluster.createNamespace('chosen', { 'cwii.dev/inject': 'enabled' });
    await create(serviceAccount('chosen', 'my-app', asks('account')));
    const stored = await cluster.waitFor('a pod with identity', async () => {
      const made = await create(pod('chosen', 'web', { serviceAccountName: 'my-app' })).catch(() => undefined);
      return made;
    });
    expect(roleOf(stored)).toContain('account');
  });

  it('a pod that asks for nothing starts, and is marked', async () => {
    const stored = await create(pod('chosen', 'nobody', {}));
    expect(stored.metadata.annotations?.['cwii.dev/injected']).toBe('');
  });

  it('a pod of another namespace is none of its business', async () => {
    await cluster.createNamespace('other');
    const stored = await create(pod('other', 'web', { annotations: asks('pod') }));
    expect(roleOf(stored)).toBeUndefined();
    expect(stored.metadata.annotations?.['cwii.dev/injected']).toBeUndefined();
  });

  it('who applies a workload is told what its pods get', async () => {
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { namespace: 'chosen', name: 'told', annotations: asks('deployment') },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'told' } },
        template: {
          metadata: { labels: { app: 'told' } },
          spec: { containers: [{ name: 'app', image: 'registry.example/app' }] },
        },
      },
    };
    // The entry waits for a second, which a busy machine may need for something else: then there is no advice.
    await cluster.waitFor('the advice', async () => {
      const { stderr } = await cluster.kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(deployment));
      return stderr.includes('the pods of Deployment chosen/told get the identity of aws');
    });
  });

  it('applying everything again changes nothing', async () => {
    for (const step of ['1-access', '3-webhook', '4-require']) {
      const { code, stdout, stderr } = await cluster.kubectl(['diff', '-f', join(out, step)]);
      expect({ code, stdout, stderr }, step).toEqual({ code: 0, stdout: '', stderr: '' });
    }
  });
});

describe('the webhook function', () => {
  const kinds = [
    '/api/v1/namespaces/some',
    '/api/v1/namespaces/some/serviceaccounts/one',
    '/api/v1/namespaces/some/replicationcontrollers/one',
    ...['deployments', 'replicasets', 'statefulsets', 'daemonsets'].map(
      (kind) => `/apis/apps/v1/namespaces/some/${kind}/one`,
    ),
    ...['jobs', 'cronjobs'].map((kind) => `/apis/batch/v1/namespaces/some/${kind}/one`),
    '/apis/argoproj.io/v1alpha1/namespaces/some/rollouts/one',
  ];

  it.for(kinds)('may get %s', async (path) => {
    expect(await statusOf(webhookFunction, path)).toBe(404);
  });

  it.for<[string, string]>([
    ['GET', '/api/v1/namespaces'],
    ['GET', '/api/v1/serviceaccounts?watch=true'],
    ['GET', '/apis/apps/v1/namespaces/some/deployments'],
    ['GET', '/api/v1/namespaces/some/pods/one'],
    ['GET', '/api/v1/namespaces/some/secrets/one'],
    ['GET', '/api/v1/namespaces/some/configmaps/one'],
    ['DELETE', '/api/v1/namespaces/some/serviceaccounts/one'],
    ['POST', '/api/v1/namespaces/default/serviceaccounts/default/token'],
    ['GET', '/openid/v1/jwks'],
  ])('may not %s %s', async ([method, path]) => {
    expect(await statusOf(webhookFunction, path, method)).toBe(403);
  });

  it('has a place of its own for its reads, and for nothing else', async () => {
    const [schema, level] = await Promise.all([
      uidOf('/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/cwii-reader'),
      uidOf('/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations/cwii-reader'),
    ]);
    for (const path of kinds) {
      expect(await flowOf(webhookFunction, path), path).toEqual({ schema, level });
    }
    expect(await flowOf(webhookFunction, '/api/v1/namespaces')).not.toMatchObject({ schema });
    expect(await flowOf(issuerFunction, '/api/v1/namespaces/some')).not.toMatchObject({ schema });
  });
});

describe('the issuer function', () => {
  it.for(['/.well-known/openid-configuration', '/openid/v1/jwks'])('may read %s', async (path) => {
    expect(await statusOf(issuerFunction, path)).toBe(200);
  });

  it('may read no object', async () => {
    expect(await statusOf(issuerFunction, '/api/v1/namespaces/default')).toBe(403);
  });
});

describe('the change of the issuer', () => {
  it('leaves the tokens of running pods valid', async () => {
    expect(await whoAmI(cluster, before.bound)).toMatchObject({ username: 'system:serviceaccount:default:default' });
  });

  it('leaves a token from a Secret valid', async () => {
    expect(await whoAmI(cluster, before.legacy)).toMatchObject({ username: 'system:serviceaccount:default:default' });
  });

  it('gives new tokens the new issuer, and an audience that every API server knows', async () => {
    expect(claimsOf(await cluster.serviceAccountToken('default', 'default'))).toMatchObject({
      iss: NEW_ISSUER,
      aud: [OLD_ISSUER, NEW_ISSUER],
    });
  });

  it('has the cluster publish what clouds ask for', async () => {
    const { body } = await callApi(cluster, '/.well-known/openid-configuration', { token: cluster.adminToken });
    expect(body).toMatchObject({ issuer: NEW_ISSUER, jwks_uri: `${NEW_ISSUER}/openid/v1/jwks` });
  });

  it('needs two passes where there are several API servers, because one that knows only the old refuses the new', async () => {
    const made = await cluster.serviceAccountToken('default', 'default');
    const issuers = flags.filter((flag) => flag.startsWith('--service-account-issuer='));
    const others = flags.filter((flag) => !issuers.includes(flag));

    await cluster.restartApiServer([cluster.signingKey], []);
    expect(await whoAmI(cluster, made)).toBeUndefined();

    await cluster.restartApiServer([cluster.signingKey], [...others, ...issuers.toReversed()]);
    expect(await whoAmI(cluster, made)).toBeDefined();
    const madeByOthers = await cluster.serviceAccountToken('default', 'default');
    expect(claimsOf(madeByOthers)).toMatchObject({ iss: OLD_ISSUER });

    await cluster.restartApiServer([cluster.signingKey], flags);
    expect(await whoAmI(cluster, madeByOthers)).toBeDefined();
  });
});

describe('with a ServiceAccount in place of web identity', () => {
  let token: string;
  beforeAll(async () => {
    await writeFile(join(folder, 'cwii.yaml'), clusterFile({ secret: {} }));
    out = join(folder, 'manifests', 'secret');
    await run('--url', 'https://127.0.0.1:8443');
    await apply('1-access');
    token = await cluster.serviceAccountToken('cwii-system', 'cwii-reader');
  });

  it('the token reads what is to be read, and the issuer', async () => {
    expect(await callApi(cluster, '/api/v1/namespaces/default', { token })).toMatchObject({ status: 200 });
    expect(await callApi(cluster, '/openid/v1/jwks', { token })).toMatchObject({ status: 200 });
    expect(await callApi(cluster, '/api/v1/namespaces/default/secrets', { token })).toMatchObject({ status: 403 });
  });

  it('the token renews itself, and makes no token of another ServiceAccount', async () => {
    const renew = (namespace: string, name: string) =>
      callApi(cluster, `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, {
        token,
        method: 'POST',
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } },
      });
    expect(await renew('cwii-system', 'cwii-reader')).toMatchObject({ status: 201 });
    expect(await renew('cwii-system', 'default')).toMatchObject({ status: 403 });
    expect(await renew('default', 'cwii-reader')).toMatchObject({ status: 403 });
  });

  it('its reads have the place of their own', async () => {
    const schema = await uidOf('/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/cwii-reader');
    await cluster.waitFor('the API server to follow the changed FlowSchema', async () => {
      const { headers } = await callApi(cluster, '/api/v1/namespaces/default', { token });
      return headers['x-kubernetes-pf-flowschema-uid'] === schema;
    });
  });
});

function clusterFile(credential: object): string {
  return JSON.stringify({
    clusters: [
      {
        name: 'test',
        api: { url: cluster.url },
        issuer: NEW_ISSUER,
        credential,
        callers: { tokenSha256: [sha256(callerToken)] },
        settings: { ownerKinds: ['argoproj.io/v1alpha1/rollouts=Rollout'], markPods: true },
        issuerHosting: {
          certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9',
        },
      },
    ],
  });
}

async function run(...args: string[]): Promise<void> {
  const ended = await cwii(['manifests', '--out', out, '--distribution', 'kubeadm', ...args], { cwd: folder });
  expect(ended).toMatchObject({ status: 0, stderr: '' });
}

/** Does what the README says of a control-plane node, with a directory of the test's own. */
async function useControlPlaneFiles(): Promise<void> {
  const there = '/etc/kubernetes/cwii';
  const here = join(folder, 'on-the-node');
  await mkdir(here, { mode: 0o700 });
  const read = async (name: string) =>
    (await readFile(join(out, '2-control-plane', name), 'utf8')).replaceAll(there, here);
  for (const name of ['authentication-configuration.yaml', 'admission-configuration.yaml', 'webhook-kubeconfig.yaml']) {
    await writeFile(join(here, name), await read(name), { mode: 0o600 });
  }
  await writeFile(join(here, 'caller-token'), `${callerToken}\n`, { mode: 0o600 });
  const kubeadm = parse(await read('kubeadm.yaml')) as {
    apiServer: { extraArgs: { name: string; value: string }[] };
  };
  flags = kubeadm.apiServer.extraArgs.map(({ name, value }) => `--${name}=${value}`);
}

async function apply(step: string): Promise<void> {
  const { code, stderr } = await cluster.kubectl(['apply', '-f', join(out, step)]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

function create({ apiVersion, kind, ...manifest }: ReturnType<typeof pod>): Promise<StoredPod> {
  const path = `/api/${apiVersion}/namespaces/${manifest.metadata.namespace}/${kind.toLowerCase()}s`;
  return cluster.api('POST', path, { apiVersion, kind, ...manifest });
}

async function legacyToken(): Promise<string> {
  await cluster.apply(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'legacy',
        namespace: 'default',
        annotations: { 'kubernetes.io/service-account.name': 'default' },
      },
      type: 'kubernetes.io/service-account-token',
    }),
  );
  return cluster.waitFor('the token of a Secret', async () => {
    const path = '/api/v1/namespaces/default/secrets/legacy';
    const { data } = await cluster.api<{ data?: { token?: string } }>('GET', path);
    return data?.token && Buffer.from(data.token, 'base64').toString();
  });
}

async function statusOf(identity: WebIdentity, path: string, method = 'GET'): Promise<number> {
  const body = method === 'POST' ? {} : undefined;
  const { status } = await callApi(cluster, path, { token: await issuer.token(identity), method, body });
  return status;
}

async function flowOf(identity: WebIdentity, path: string) {
  const { headers } = await callApi(cluster, path, { token: await issuer.token(identity) });
  return {
    schema: headers['x-kubernetes-pf-flowschema-uid'],
    level: headers['x-kubernetes-pf-prioritylevel-uid'],
  };
}

async function uidOf(path: string): Promise<string> {
  return (await cluster.api<{ metadata: { uid: string } }>('GET', path)).metadata.uid;
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}
