// The files of `cwii manifests` for the credential `secret` on a real API server.

import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ControlPlane, startControlPlane } from '../../testing/cluster/control-plane.ts';
import { createGuardian, type Guardian } from '../../testing/guardian.ts';
import { callApi } from './call-api.ts';
import { applyStep, makeManifests, uidOf } from './manifests-in-use.ts';
import { readExample, reader } from './test-cluster.ts';

let guardian: Guardian;
let cluster: ControlPlane;
let out: string;
let token: string;

beforeAll(async () => {
  guardian = createGuardian();
  cluster = await startControlPlane();
  const args = ['--url', 'https://127.0.0.1:8443'];
  out = await makeManifests(guardian.directory, { cluster, credential: { secret: {} }, args });
  await applyStep(cluster, out, '1-access');
  token = await cluster.serviceAccountToken('cwii-system', 'cwii-reader');
});
afterAll(async () => {
  await cluster?.stop();
  await guardian?.release();
});

it('the token may read namespaces and the issuer, but no Secret', async () => {
  expect(await callApi(cluster, '/api/v1/namespaces/default', { token })).toMatchObject({ status: 200 });
  expect(await callApi(cluster, '/openid/v1/jwks', { token })).toMatchObject({ status: 200 });
  expect(await callApi(cluster, '/api/v1/namespaces/default/secrets', { token })).toMatchObject({ status: 403 });
});

it('the token may renew itself, but not create a token of another ServiceAccount', async () => {
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

it('reads with the token use the FlowSchema cwii-reader', async () => {
  const schema = await uidOf(cluster, '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/cwii-reader');
  await cluster.waitFor('the API server to follow the changed FlowSchema', async () => {
    const { headers } = await callApi(cluster, '/api/v1/namespaces/default', { token });
    return headers['x-kubernetes-pf-flowschema-uid'] === schema;
  });
});

it('the files of examples/ for cwii serve do not conflict, and deleting them leaves the rest', async () => {
  const examples = (
    await Promise.all(['rbac.yaml', 'webhook.yaml'].map((name) => readExample(`cluster/${name}`)))
  ).join('---\n');
  const mayRead = async (bearer: string) =>
    (await callApi(cluster, '/api/v1/namespaces/default', { token: bearer })).status === 200;
  const unchanged = async () => {
    const steps = ['1-access', '3-webhook'].flatMap((step) => ['-f', join(out, step)]);
    const { code, stdout, stderr } = await cluster.kubectl(['diff', ...steps]);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
  };
  await applyStep(cluster, out, '3-webhook');

  await cluster.apply(examples);

  const served = await cluster.serviceAccountToken(reader.namespace, reader.name);
  await cluster.waitFor('the token of cwii serve to be accepted', () => mayRead(served));
  expect(await mayRead(token)).toBe(true);
  await unchanged();

  const { code, stderr } = await cluster.kubectl(['delete', '--wait=false', '-f', '-'], examples);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  await cluster.waitFor('the token of cwii serve to be rejected', async () => !(await mayRead(served)));
  expect(await mayRead(token)).toBe(true);
  await unchanged();
});
