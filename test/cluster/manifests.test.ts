// The files of `cwii manifests`, used as their README says on a real API server.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../../testing/certificates.ts';
import { type ControlPlane, startControlPlane } from '../../testing/cluster/control-plane.ts';
import { createGuardian, type Guardian } from '../../testing/guardian.ts';
import { reservePort } from '../../testing/ports.ts';
import { callApi, whoAmI } from './call-api.ts';
import { pod, roleAnnotation, serviceAccount } from './manifests.ts';
import {
  applyStep,
  claimsOf,
  issuerFunction,
  legacyToken,
  makeManifests,
  NEW_ISSUER,
  servedSettings,
  serveManifests,
  uidOf,
  useControlPlaneFiles,
  webhookFunction,
} from './manifests-in-use.ts';
import { roleOf, type StoredPod } from './stored-pod.ts';
import { startWebIdentityIssuer, type WebIdentity, type WebIdentityIssuer } from './web-identity-issuer.ts';
import type { WebhookUnderTest } from './webhook-under-test.ts';

const OLD_ISSUER = 'https://kubernetes.default.svc.cluster.local';
let guardian: Guardian;
let issuer: WebIdentityIssuer;
let cluster: ControlPlane;
let webhook: WebhookUnderTest;
let folder: string;
let out: string;
/** Tokens of pods from before the change of the issuer. */
let before: { bound: string; legacy: string };
/** The API server's flags, as kubeadm would set them. */
let flags: readonly string[];

beforeAll(async () => {
  guardian = createGuardian();
  folder = guardian.directory;
  const authority = await createTestAuthority();
  const certificate = await authority.issue();
  issuer = await startWebIdentityIssuer(certificate);
  const port = await reservePort();
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };

  cluster = await startControlPlane({ issuer: OLD_ISSUER, trustedCaPem: authority.certPem });
  before = { bound: await cluster.serviceAccountToken('default', 'default'), legacy: await legacyToken(cluster) };

  const ca = await file('webhook-ca.crt', authority.certPem);
  out = await makeManifests(folder, {
    cluster,
    credential: { webIdentity: { issuer: issuer.url } },
    args: ['--url', `https://127.0.0.1:${port.port}`, '--webhook-ca', ca, '--require'],
  });

  flags = await useControlPlaneFiles(folder, out);
  await cluster.restartApiServer([cluster.signingKey], flags);
  await applyStep(cluster, out, '1-access');
  const token = await issuer.token(webhookFunction);
  webhook = await serveManifests({ port, certificate, guardian, cluster, token, env: servedSettings });
  await applyStep(cluster, out, '3-webhook');
  await applyStep(cluster, out, '4-require');
});
afterAll(async () => {
  await webhook?.stop();
  await cluster?.stop();
  await issuer?.stop();
  await guardian?.release();
});

describe('after all steps', () => {
  it('a pod of a labelled namespace gets the identity that its ServiceAccount asks for', async () => {
    await cluster.createNamespace('chosen', { 'cwii.dev/inject': 'enabled' });
    await create(serviceAccount('chosen', 'my-app', roleAnnotation('account')));
    const stored = await cluster.waitFor('a pod with identity', async () => {
      const made = await create(pod('chosen', 'web', { serviceAccountName: 'my-app' })).catch(() => undefined);
      return made;
    });

    expect(roleOf(stored)).toContain('account');
  });

  it('a pod that asks for nothing starts and is marked', async () => {
    const stored = await create(pod('chosen', 'nobody', {}));
    expect(stored.metadata.annotations?.['cwii.dev/injected']).toBe('');
  });

  it('a pod of a namespace without the label is not changed', async () => {
    await cluster.createNamespace('other');
    const stored = await create(pod('other', 'web', { annotations: roleAnnotation('pod') }));

    expect(roleOf(stored)).toBeUndefined();
    expect(stored.metadata.annotations?.['cwii.dev/injected']).toBeUndefined();
  });

  it('kubectl shows which identities the pods of an applied workload get', async () => {
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { namespace: 'chosen', name: 'told', annotations: roleAnnotation('deployment') },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'told' } },
        template: {
          metadata: { labels: { app: 'told' } },
          spec: { containers: [{ name: 'app', image: 'registry.example/app' }] },
        },
      },
    };
    // The API server waits for advice for one second; on a busy machine that may not be enough, so try again.
    await cluster.waitFor('the advice', async () => {
      const { stderr } = await cluster.kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(deployment));
      return stderr.includes('the pods of Deployment chosen/told get the identity of aws');
    });
  });

  it('applying all files again changes nothing', async () => {
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

  it('uses the FlowSchema cwii-reader for its reads and for nothing else', async () => {
    const [schema, level] = await Promise.all([
      uidOf(cluster, '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/cwii-reader'),
      uidOf(cluster, '/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations/cwii-reader'),
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

  it('may not read objects', async () => {
    expect(await statusOf(issuerFunction, '/api/v1/namespaces/default')).toBe(403);
  });
});

describe('a change of the issuer', () => {
  it('keeps the tokens of running pods valid', async () => {
    expect(await whoAmI(cluster, before.bound)).toMatchObject({ username: 'system:serviceaccount:default:default' });
  });

  it('keeps a token from a Secret valid', async () => {
    expect(await whoAmI(cluster, before.legacy)).toMatchObject({ username: 'system:serviceaccount:default:default' });
  });

  it('gives new tokens the new issuer and an audience that every API server accepts', async () => {
    expect(claimsOf(await cluster.serviceAccountToken('default', 'default'))).toMatchObject({
      iss: NEW_ISSUER,
      aud: [OLD_ISSUER, NEW_ISSUER],
    });
  });

  it('makes the cluster publish the documents that clouds ask for', async () => {
    const { body } = await callApi(cluster, '/.well-known/openid-configuration', { token: cluster.adminToken });
    expect(body).toMatchObject({ issuer: NEW_ISSUER, jwks_uri: `${NEW_ISSUER}/openid/v1/jwks` });
  });

  it('needs two rounds with several API servers, because one with only the old issuer rejects new tokens', async () => {
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

function create({ apiVersion, kind, ...manifest }: ReturnType<typeof pod>): Promise<StoredPod> {
  const path = `/api/${apiVersion}/namespaces/${manifest.metadata.namespace}/${kind.toLowerCase()}s`;
  return cluster.api('POST', path, { apiVersion, kind, ...manifest });
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
