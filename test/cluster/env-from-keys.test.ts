// The names of keys of ConfigMaps and Secrets as a real API server tracks them, and audits that read them.

import { delimiter, dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditSchema } from '../../cli/audit/report.ts';
import { readKeys } from '../../cli/env-from/object-keys.ts';
import { KubeClient } from '../../cli/kubectl/kube-client.ts';
import { cwii, folderOf } from '../cli/command.ts';
import { roleAnnotation, serviceAccount, workload } from './manifests.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';

let cluster: TestCluster;
let folder: Awaited<ReturnType<typeof folderOf>>;
beforeAll(async () => {
  folder = await folderOf({});
  cluster = await startTestCluster();
  await cluster.addWebhook();
  await cluster.addNamespace('shop');
});
afterAll(async () => {
  await cluster?.stop();
  await folder?.[Symbol.asyncDispose]();
});

const VALUE = 'a-value-that-nobody-reads';
const object = (kind: 'ConfigMap' | 'Secret', name: string, content: object = {}) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'shop' },
  ...content,
});
const apply = (manifest: object, ...options: readonly string[]) =>
  cluster.kubectl(['apply', '-f', '-', ...options], JSON.stringify(manifest));

describe('the keys of an object', () => {
  const ways: readonly (readonly [string, 'ConfigMap' | 'Secret', (name: string) => Promise<unknown>])[] = [
    ['applied', 'ConfigMap', (name) => apply(object('ConfigMap', name, { data: { A: VALUE, B: VALUE } }))],
    [
      'applied by the server',
      'ConfigMap',
      (name) => apply(object('ConfigMap', name, { data: { A: VALUE, B: VALUE } }), '--server-side'),
    ],
    ['with stringData', 'Secret', (name) => apply(object('Secret', name, { stringData: { A: VALUE, B: VALUE } }))],
    [
      'with stringData, applied by the server',
      'Secret',
      (name) => apply(object('Secret', name, { stringData: { A: VALUE, B: VALUE } }), '--server-side'),
    ],
    [
      'changed by two clients',
      'ConfigMap',
      async (name) => {
        await apply(object('ConfigMap', name, { data: { A: VALUE, C: VALUE } }));
        const patch = JSON.stringify({ data: { B: VALUE, C: null } });
        await cluster.kubectl(['patch', 'configmap', name, '-n', 'shop', '-p', patch, '--field-manager=other']);
      },
    ],
    [
      'created empty, and filled later',
      'ConfigMap',
      async (name) => {
        await cluster.create(object('ConfigMap', name));
        await cluster.kubectl(['patch', 'configmap', name, '-n', 'shop', '-p', `{"data":{"A":"${VALUE}","B":"x"}}`]);
      },
    ],
    [
      'without managed fields',
      'ConfigMap',
      async (name) => {
        await apply(object('ConfigMap', name, { data: { A: VALUE, B: VALUE } }));
        await cluster.kubectl(['patch', 'configmap', name, '-n', 'shop', '-p', '{"metadata":{"managedFields":[{}]}}']);
      },
    ],
  ];
  it.each(ways)('%s', async (title, kind, create) => {
    const name = title.replaceAll(/[^A-Za-z]+/g, '-').toLowerCase();
    await create(name);
    const stored = await cluster.api<{ data: object }>('GET', `/api/v1/namespaces/shop/${kind.toLowerCase()}s/${name}`);
    await using kube = await KubeClient.connect({ kubeconfig: cluster.kubeconfigPath });

    expect([...(await readKeys(kube, { kind, namespace: 'shop', name }))].sort()).toEqual(['A', 'B']);
    expect(Object.keys(stored.data).sort()).toEqual(['A', 'B']);
  });

  it('are none if the object does not exist', async () => {
    await using kube = await KubeClient.connect({ kubeconfig: cluster.kubeconfigPath });

    expect(await readKeys(kube, { kind: 'Secret', namespace: 'shop', name: 'nothing' })).toEqual([]);
  });
});

describe('cwii audit', () => {
  const audit = async (...args: readonly string[]) => {
    const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
    const command = ['audit', '--kubeconfig', cluster.kubeconfigPath, '-n', 'shop', '-o', 'json', ...args];
    const { stdout } = await cwii(command, { cwd: folder.path, env: { PATH: path, HOME: folder.path, KUBERC: 'off' } });
    expect(stdout).not.toContain(VALUE);
    const { workloads, unread } = auditSchema.parse(JSON.parse(stdout));
    return { states: Object.fromEntries(workloads.map(({ name, state }) => [name, state])), unread };
  };

  beforeAll(async () => {
    await apply(serviceAccount('shop', 'default', roleAnnotation('app')));
    await apply(object('ConfigMap', 'keys', { data: { ACCESS_KEY_ID: VALUE } }));
    await apply(object('Secret', 'keys', { stringData: { AWS_ACCESS_KEY_ID: VALUE } }));
    const sources = {
      'from-config-map': { prefix: 'AWS_', configMapRef: { name: 'keys' } },
      'from-secret': { secretRef: { name: 'keys' } },
      'from-nothing': { configMapRef: { name: 'nothing', optional: true } },
    };
    for (const [name, source] of Object.entries(sources)) {
      const containers = [{ name: 'app', image: 'app', envFrom: [source] }];
      await cluster.create(workload('Deployment', 'shop', name, { pod: { containers } }));
    }
  });

  it('finds static keys in a ConfigMap, and says that Secrets were not read', async () => {
    expect(await audit()).toEqual({
      states: { 'from-config-map': 'broken', 'from-secret': 'ok', 'from-nothing': 'ok' },
      unread: [
        'static keys in Secret shop/keys, which containers use with envFrom, are not known; audit --secrets reads the names of their keys',
      ],
    });
  });

  it('finds static keys in a Secret with --secrets', async () => {
    expect(await audit('--secrets')).toEqual({
      states: { 'from-config-map': 'broken', 'from-secret': 'broken', 'from-nothing': 'ok' },
      unread: [],
    });
  });
});
