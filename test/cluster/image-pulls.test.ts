// `cwii manifests --image-pulls` with the kubelet's own code, on a real API server with the Node authorizer.
// A node gets a token for a pod's ServiceAccount, and the plugin gets it with the annotations.

import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toCommentedYaml } from '../../cli/manifests/commented-yaml.ts';
import { audienceAccess, credentialProviderConfig, parseRegistries } from '../../cli/manifests/image-pulls.ts';
import { type ControlPlane, startControlPlane } from '../../testing/cluster/control-plane.ts';
import { createGuardian, type Guardian } from '../../testing/guardian.ts';
import { controlPlaneBinary } from '../../testing/kubernetes.ts';
import { run } from '../../testing/run.ts';
import { serviceAccount } from './manifests.ts';
import { claimsOf } from './manifests-in-use.ts';

const NODE = 'system:node:worker';
const ECR = '123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/checkout:1';
const ACR = 'shop.azurecr.io/checkout:1';
const role = 'arn:aws:iam::123456789012:role/shop-pull';
const annotations = {
  'eks.amazonaws.com/ecr-role-arn': role,
  'kubernetes.azure.com/acr-client-id': '11111111-2222-3333-4444-555555555555',
  'kubernetes.azure.com/acr-tenant-id': '66666666-7777-8888-9999-000000000000',
};

let guardian: Guardian;
let cluster: ControlPlane;
let kubeconfig: string;
let config: string;

/** A plugin that keeps its request, and answers as the kubelet expects it. */
const plugin = (request: string, image: string) => `#!/bin/sh
cat > '${request}'
echo '${JSON.stringify({
  apiVersion: 'credentialprovider.kubelet.k8s.io/v1',
  kind: 'CredentialProviderResponse',
  cacheKeyType: 'Registry',
  auth: { [image.split('/')[0] ?? '']: { username: 'AWS', password: 'short-lived' } },
})}'
`;

beforeAll(async () => {
  guardian = createGuardian();
  const file = async (name: string, text: string) => {
    const path = join(guardian.directory, name);
    await writeFile(path, text);
    return path;
  };
  // RBAC is set already; the flag appends the authorizer of nodes.
  cluster = await startControlPlane({
    apiServerFlags: ['--authorization-mode=Node', '--enable-admission-plugins=NodeRestriction'],
  });
  const admin = JSON.parse(await readFile(cluster.kubeconfigPath, 'utf8')) as { users: { user: object }[] };
  for (const one of admin.users) one.user = { ...one.user, as: NODE, 'as-groups': ['system:nodes'] };
  kubeconfig = await file('node.kubeconfig', JSON.stringify(admin));
  config = await file(
    'credential-providers.yaml',
    toCommentedYaml('For a test.', [credentialProviderConfig(parseRegistries('ecr,acr'))]),
  );
  for (const [name, image] of [
    ['ecr-credential-provider', ECR],
    ['acr-credential-provider', ACR],
  ] as const)
    await chmod(await file(name, plugin(join(guardian.directory, `${name}.request`), image)), 0o755);
  await cluster.createNamespace('shop');
  await cluster.apply(JSON.stringify(serviceAccount('shop', 'checkout', annotations)));
  await cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'worker' } }));
});
afterAll(async () => {
  await cluster?.stop();
  await guardian?.release();
});

interface Request {
  readonly image: string;
  readonly serviceAccountToken?: string;
  readonly serviceAccountAnnotations?: Readonly<Record<string, string>>;
}

/** The credentials that the kubelet of the node gets for a new pod with the image, and its log. */
async function pull(name: string, image: string, account = 'checkout', node = 'worker') {
  const path = '/api/v1/namespaces/shop/pods';
  const spec = { serviceAccountName: account, nodeName: node, containers: [{ name: 'app', image }] };
  const pod = await cluster.api('POST', path, { metadata: { name, namespace: 'shop' }, spec });
  const command = [
    ...[await controlPlaneBinary(), 'kubelet-credentials', `--kubeconfig=${kubeconfig}`],
    ...[`--image-credential-provider-config=${config}`, `--image-credential-provider-bin-dir=${guardian.directory}`],
  ] as [string, ...string[]];
  const { code, stdout, stderr } = await run(command, {
    env: { PATH: process.env['PATH'] },
    stdin: JSON.stringify(pod),
  });
  expect(code, stderr).toBe(0);
  return { credentials: JSON.parse(stdout) as object[], log: stderr };
}

const requestOf = async (program: string) =>
  JSON.parse(await readFile(join(guardian.directory, `${program}.request`), 'utf8')) as Request;

describe('without the permissions of the nodes', () => {
  it('a node gets no token with the audience of a registry', async () => {
    const { credentials, log } = await pull('refused', ECR);

    expect(credentials).toEqual([]);
    expect(log).toMatch(/audience "sts\.amazonaws\.com" not found|not authorized|forbidden/i);
  });
});

describe('with them', () => {
  beforeAll(async () => {
    const { stderr } = await cluster.apply(
      toCommentedYaml('For a test.', audienceAccess(['sts.amazonaws.com', 'api://AzureADTokenExchange'])),
    );
    expect(stderr).toBe('');
  });

  it.for<[string, string, string, Readonly<Record<string, string>>]>([
    ['ecr', ECR, 'sts.amazonaws.com', { 'eks.amazonaws.com/ecr-role-arn': role }],
    [
      'acr',
      ACR,
      'api://AzureADTokenExchange',
      Object.fromEntries(Object.entries(annotations).filter(([key]) => key.includes('/acr-'))),
    ],
  ])('the plugin of %s gets the token of the pod and the annotations', async ([registry, image, audience, keys]) => {
    const { credentials } = await cluster.waitFor('the permissions to take effect', async () => {
      const result = await pull(`${registry}-${Date.now()}`, image);
      return result.credentials.length > 0 && result;
    });
    const request = await requestOf(`${registry}-credential-provider`);

    expect(credentials).toEqual([{ username: 'AWS', password: 'short-lived' }]);
    expect(request).toMatchObject({ image, serviceAccountAnnotations: keys });
    expect(claimsOf(request.serviceAccountToken ?? '')).toMatchObject({
      aud: [audience],
      sub: 'system:serviceaccount:shop:checkout',
    });
  });

  it('a ServiceAccount without the annotation does not start the plugin', async () => {
    const { credentials } = await pull('without-annotation', ECR, 'default');

    expect(credentials).toEqual([]);
  });

  it('a node gets no token for a pod of another node', async () => {
    const { credentials, log } = await pull('elsewhere', ECR, 'checkout', 'other');

    expect(credentials).toEqual([]);
    expect(log).toMatch(/forbidden|no relationship found|not found/i);
  });
});
