// The report of `cwii preview -o explain`: what a person reads about the workloads of a cluster.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cwii, folderOf } from './command.ts';

const role = (name: string) => ({
  'cwii.dev/aws-role-arn': `arn:aws:iam::123456789012:role/${name}`,
  'cwii.dev/aws-region': 'eu-central-1',
});

type Annotations = Readonly<Record<string, string>>;

const object = (kind: string, name: string, annotations: Annotations = {}, more: object = {}) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, ...(kind !== 'Namespace' && { namespace: 'shop' }), annotations },
  ...more,
});
const podSpec = (serviceAccountName: string) => ({ serviceAccountName, containers: [{ name: 'app', image: 'app' }] });
const deployment = (name: string, serviceAccount: string, annotations: Annotations = {}, uid?: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'shop', annotations, ...(uid !== undefined && { uid }) },
  spec: { template: { spec: podSpec(serviceAccount) } },
});

/** A Pod as the cluster has it. */
const running = (name: string, owner: string, serviceAccount: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: 'shop',
    uid: `uid-${name}`,
    labels: { 'pod-template-hash': '5d4c' },
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${owner}-5d4c`, uid: `uid-${owner}-5d4c`, controller: true },
    ],
  },
  spec: podSpec(serviceAccount),
  status: { phase: 'Running' },
  ...more,
});
const replicaSet = (owner: string) => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: {
    name: `${owner}-5d4c`,
    namespace: 'shop',
    uid: `uid-${owner}-5d4c`,
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'Deployment', name: owner, uid: `uid-${owner}`, controller: true },
    ],
  },
});

const listOf = (items: readonly object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

function explain(items: readonly object[], ...args: string[]) {
  return cwii(['preview', '-f', '-', '-o', 'explain', ...args], { stdin: listOf(items) });
}

/** The pod as the webhook admits it, running. */
async function withIdentity(pod: ReturnType<typeof running>, items: readonly object[]) {
  const { stdout } = await cwii(['preview', '-f', '-', '-o', 'json'], { stdin: listOf([...items, pod]) });
  const pods = (JSON.parse(stdout) as { items: (typeof pod)[] }).items;
  return pods.find(({ metadata }) => metadata.name === pod.metadata.name) ?? pod;
}

const shop = object('Namespace', 'shop');
const mixed = [
  shop,
  object('ServiceAccount', 'checkout', role('shop-checkout')),
  object('ServiceAccount', 'typo', { 'cwii.dev/aws-role-arm': 'x' }),
  object('ServiceAccount', 'bad', { 'cwii.dev/aws-role-arn': 'bad' }),
  object('ServiceAccount', 'default'),
  deployment('checkout', 'checkout'),
  deployment('web', 'default'),
  deployment('typo', 'typo'),
  deployment('bad', 'bad'),
  deployment('skips', 'checkout', { 'cwii.dev/skip-containers': 'nobody' }),
];

const mixedReport = `5 workloads: 2 get an identity, 1 asks for nothing, 2 have a problem, 1 has a warning (1 annotation-unknown, 1 aws-role-arn-invalid, 1 container-unknown)
✗ shop Deployment bad       no identity: cwii.dev/aws-role-arn "bad" on ServiceAccount shop/bad: not the ARN of an IAM role, so nothing is injected for AWS; write arn:aws:iam::<12-digit account>:role/<name> [aws-role-arn-invalid]
     asked: pod template, Deployment bad, ServiceAccount bad, Namespace shop
✗ shop Deployment typo      no identity: cwii.dev/aws-role-arm "x" on ServiceAccount shop/typo: unknown annotation without effect (did you mean cwii.dev/aws-role-arn?); correct or remove the key (docs/annotations.md lists all keys) [annotation-unknown]
     asked: pod template, Deployment typo, ServiceAccount typo, Namespace shop
! shop Deployment skips     AWS shop-checkout ← ServiceAccount checkout
     cwii.dev/skip-containers "nobody" on Deployment shop/skips: the pod has no container nobody; correct the name, or remove it [container-unknown]
     asked: pod template, Deployment skips, ServiceAccount checkout, Namespace shop
`;
const goodReport = `✓ shop Deployment checkout  AWS shop-checkout ← ServiceAccount checkout
– shop Deployment web       asks for nothing (asked: pod template, Deployment web, ServiceAccount default, Namespace shop)
`;

describe.concurrent('several workloads', () => {
  test('have a summary and a line each, problems first', async () => {
    expect(await explain(mixed)).toEqual({ status: 0, stderr: '', stdout: mixedReport + goodReport });
  });

  test('with problems are the only ones with --only problems', async () => {
    expect(await explain(mixed, '--only', 'problems')).toEqual({ status: 0, stderr: '', stdout: mixedReport });
  });

  test('without problems are only counted with --only problems', async () => {
    const good = [
      shop,
      object('ServiceAccount', 'default'),
      deployment('web', 'default'),
      deployment('api', 'default'),
    ];

    expect(await explain(good, '--only', 'problems')).toEqual({
      status: 0,
      stderr: '',
      stdout: '2 workloads: 2 ask for nothing\nno workload has a problem\n',
    });
  });

  test.for(['checkout', 'shop/checkout'])('are reduced to one, with all its values, with --pod %s', async (name) => {
    const { status, stdout } = await explain(mixed, '--pod', name);

    expect(status).toBe(0);
    const lines = stdout.split('\n');
    expect(lines.slice(0, 2)).toEqual([
      '✓ shop Deployment checkout  AWS shop-checkout ← ServiceAccount checkout',
      '     asked: pod template, Deployment checkout, ServiceAccount checkout, Namespace shop',
    ]);
    expect(lines).toContainEqual(
      expect.stringMatching(/^ {2}cwii\.dev\/aws-audience +"sts\.amazonaws\.com" by default$/),
    );
  });

  test('do not have a name that --pod asks for', async () => {
    expect(await explain(mixed, '--pod', 'shop/nobody')).toEqual({
      status: 1,
      stdout: '',
      stderr: 'cwii: no pod and no workload is called shop/nobody; name one as NAMESPACE/NAME [nothing-to-preview]\n',
    });
  });

  test.for(['--only=problems', '--pod=checkout'])('need -o explain with %s', async (option) => {
    const { status, stderr } = await cwii(['preview', '-f', '-', option], { stdin: listOf(mixed) });

    expect(status).toBe(1);
    expect(stderr).toContain(`error: option '${option.split('=')[0]}' needs '-o explain' [usage]`);
  });
});

describe.concurrent('running pods', () => {
  const cluster = [
    shop,
    object('ServiceAccount', 'checkout', role('shop-checkout')),
    deployment('checkout', 'checkout', {}, 'uid-checkout'),
    replicaSet('checkout'),
  ];

  test('that are older than the annotation are told apart from what a new pod would get', async () => {
    const current = await withIdentity(running('checkout-5d4c-new', 'checkout', 'checkout'), cluster);
    const older = [1, 2].map((number) => running(`checkout-5d4c-old${number}`, 'checkout', 'checkout'));

    const { status, stderr, stdout } = await explain([...cluster, current, ...older], '--only', 'problems');

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      '! shop Deployment checkout  AWS shop-checkout ← ServiceAccount checkout',
      '     asked: pod template, Deployment checkout, ServiceAccount checkout, Namespace shop',
      '     running: 1 of 3 pods has it; 2 older → kubectl rollout restart deployment/checkout -n shop',
    ]);
  });

  test('that all have it are counted, and pods that have ended are not', async () => {
    const current = await withIdentity(running('checkout-5d4c-new', 'checkout', 'checkout'), cluster);
    const ended = running('checkout-5d4c-end', 'checkout', 'checkout', { status: { phase: 'Failed' } });

    const { stdout } = await explain([...cluster, current, ended]);

    expect(stdout.split('\n')[0]).toBe(
      '✓ shop Deployment checkout  AWS shop-checkout ← ServiceAccount checkout (1 pod)',
    );
  });

  test('that keep an identity that nothing requests any more are named', async () => {
    const current = await withIdentity(running('checkout-5d4c-new', 'checkout', 'checkout'), cluster);
    const now = cluster.map((item) => (item === cluster[1] ? object('ServiceAccount', 'checkout') : item));

    const { stdout } = await explain([...now, current]);

    expect(stdout.split('\n').slice(0, 3)).toEqual([
      '! shop Deployment checkout  asks for nothing',
      '     asked: pod template, Deployment checkout, ServiceAccount checkout, Namespace shop',
      '     running: 1 of 1 pod still has an identity that nothing requests any more',
    ]);
  });

  test('belong to their Deployment even if its ReplicaSet is not in the files', async () => {
    const withoutReplicaSet = cluster.slice(0, 3);
    const { stdout } = await explain([...withoutReplicaSet, running('checkout-5d4c-old', 'checkout', 'checkout')]);

    expect(stdout).toMatch(/^! shop Deployment checkout {2}AWS shop-checkout/);
    expect(stdout).toContain('     running: 0 of 1 pod has it; 1 older → kubectl rollout restart');
  });
});

describe.concurrent('an annotation of another product', () => {
  const items = [
    shop,
    object('ServiceAccount', 'eks', { 'eks.amazonaws.com/role-arn': role('eks')['cwii.dev/aws-role-arn'] }),
    deployment('eks', 'eks'),
  ];

  test('that is not read is named', async () => {
    const { stdout } = await explain(items);

    expect(stdout.split('\n')[0]).toBe(
      '✗ shop Deployment eks  no identity: eks.amazonaws.com/role-arn on ServiceAccount shop/eks is not read: CWII_NATIVE_ANNOTATIONS (settings.nativeAnnotations in cwii.yaml) is false',
    );
  });

  test('is read with the setting', async () => {
    const env = { CWII_NATIVE_ANNOTATIONS: 'true', CWII_AWS_DEFAULT_REGION: 'eu-central-1' };
    const { stdout } = await cwii(['preview', '-f', '-', '-o', 'explain'], { stdin: listOf(items), env });

    expect(stdout.split('\n')[0]).toBe('✓ shop Deployment eks  AWS eks ← ServiceAccount eks');
  });
});

test('the label of Azure workload identity on a Job instead of its pods is named', async () => {
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'scale', namespace: 'shop', labels: { 'azure.workload.identity/use': 'true' } },
    spec: { template: { spec: podSpec('scale') } },
  };
  const env = { CWII_NATIVE_ANNOTATIONS: 'true' };
  const { stdout } = await cwii(['preview', '-f', '-', '-o', 'explain'], { stdin: listOf([shop, job]), env });

  expect(stdout.split('\n')[0]).toBe(
    '✗ shop Job scale  no identity: label azure.workload.identity/use "true" on Job shop/scale: the label has an effect on pods only; move it to spec.template.metadata.labels [az-label-misplaced]',
  );
});

describe.concurrent('--cluster', () => {
  const clusterFile = `clusters:
  - name: prod
    api: { url: https://api.example.com }
    issuer: https://oidc.example.com
    credential: { secret: {} }
    callers: { tokenSha256: [${'a'.repeat(64)}] }
    settings: { nativeAnnotations: true }
    guardRails: { roleArns: ["arn:aws:iam::123456789012:role/shop-*"] }
`;
  const labelled = { ...shop, metadata: { ...shop.metadata, labels: { 'cwii.dev/inject': 'enabled' } } };
  const run = async (items: readonly object[], name = 'prod') => {
    await using folder = await folderOf({ 'cwii.yaml': clusterFile });
    return await cwii(['preview', '-f', '-', '-o', 'explain', '--cluster', name], {
      stdin: listOf(items),
      cwd: folder.path,
      env: { CWII_NATIVE_ANNOTATIONS: 'false' },
    });
  };

  test('takes the settings from cwii.yaml instead of the variables', async () => {
    const accounts = [
      object('ServiceAccount', 'shop', {
        'eks.amazonaws.com/role-arn': role('shop-eks')['cwii.dev/aws-role-arn'],
        'cwii.dev/aws-region': 'eu-central-1',
      }),
      object('ServiceAccount', 'other', role('other')),
    ];
    const { status, stdout, stderr } = await run([
      labelled,
      ...accounts,
      deployment('allowed', 'shop'),
      deployment('denied', 'other'),
    ]);

    expect(status).toBe(1);
    expect(stdout).toMatch(/\n✗ shop Deployment denied {3}denied: cwii\.dev\/aws-role-arn .* \[not-allowed\]\n/);
    expect(stdout).toContain('\n✓ shop Deployment allowed  AWS shop-eks ← ServiceAccount shop\n');
    expect(stderr).toMatch(/^Error: Pod shop\/denied-preview-\* is denied: .*\n$/);
  });

  test('names a namespace whose pods are not sent to the webhook', async () => {
    const { stdout } = await run([
      shop,
      object('ServiceAccount', 'checkout', role('shop-checkout')),
      deployment('checkout', 'checkout'),
    ]);

    expect(stdout.split('\n')[0]).toBe(
      '✗ shop Deployment checkout  no identity, although asked: AWS shop-checkout ← ServiceAccount checkout: Namespace shop is not sent to cwii: in cluster prod it needs the label cwii.dev/inject=enabled; kubectl label namespace shop cwii.dev/inject=enabled',
    );
  });

  test('names the clusters of the file', async () => {
    expect(await run([shop, deployment('checkout', 'checkout')], 'test')).toEqual({
      status: 1,
      stdout: '',
      stderr: 'cwii: cwii.yaml has no cluster test; its clusters are prod [cluster-unknown]\n',
    });
  });
});

describe.concurrent('a directory', () => {
  const pod = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: podSpec('default') });
  const template = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ include "web.name" . }}\nspec: {}\n';

  test('is read with its folders with -R', async () => {
    await using folder = await folderOf({});
    await mkdir(join(folder.path, 'apps', 'web'), { recursive: true });
    await writeFile(join(folder.path, 'apps', 'web', 'pod.json'), pod);
    const run = (...args: string[]) => cwii(['preview', '-o', 'explain', ...args], { cwd: folder.path });

    expect((await run('-f', 'apps', '-R')).stdout).toMatch(/^– default Pod web {2}asks for nothing\n/);
    expect(await run('-f', 'apps')).toEqual({
      status: 1,
      stdout: '',
      stderr:
        'cwii: apps: the directory has no .yaml, .yml or .json file; its folders are read with -R [manifest-invalid]\n',
    });
  });

  test('has one line for a template that is not rendered', async () => {
    await using folder = await folderOf({ 'a.yaml': template, 'b.json': pod });

    const { status, stdout, stderr } = await cwii(['preview', '-f', '.', '-o', 'explain'], { cwd: folder.path });

    expect({ status, stderr }).toEqual({
      status: 0,
      stderr:
        'Warning: a.yaml is left out: a template that is not rendered ({{ … }}); pass what `helm template` prints [manifest-left-out]\n',
    });
    expect(stdout).toMatch(/^– default Pod web {2}/);
  });

  test('has the problem of a manifest that only quotes template actions', async () => {
    const rules = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: "{{ $labels.pod }}"\n bad: {}\n';
    await using folder = await folderOf({ 'a.yaml': rules });

    const { status, stderr } = await cwii(['preview', '-f', '.'], { cwd: folder.path });

    expect(status).toBe(1);
    expect(stderr).toMatch(/^cwii: a\.yaml, line 5, column 1: .* \[manifest-invalid\]\n$/);
  });

  test.for([
    ['kustomization.yaml', 'an input of kustomize; pass what `kubectl kustomize` prints'],
    ['kustomization.yml', 'an input of kustomize; pass what `kubectl kustomize` prints'],
    ['values.yaml', 'an input of Helm; pass what `helm template` prints'],
    ['Chart.yaml', 'an input of Helm; pass what `helm template` prints'],
  ] as const)('has one line for %s', async ([name, reason]) => {
    await using folder = await folderOf({ [name]: 'resources: [b.json]\n', 'b.json': pod });

    expect(await cwii(['preview', '-f', '.', '-o', 'explain'], { cwd: folder.path })).toMatchObject({
      status: 0,
      stderr: `Warning: ${name} is left out: ${reason} [manifest-left-out]\n`,
    });
  });

  test.for([
    'apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\n',
    '{{- if .Values.enabled }}\napiVersion: v1\nkind: Pod\n{{- end }}\n',
    'apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    {{- include "labels" . | nindent 4 }}\n',
  ])('leaves out the template %j', async (text) => {
    await using folder = await folderOf({ 'a.yaml': text, 'b.json': pod });

    const { status, stderr } = await cwii(['preview', '-f', '.', '-o', 'explain'], { cwd: folder.path });

    expect(status).toBe(0);
    expect(stderr).toMatch(/^Warning: a\.yaml is left out: a template that is not rendered .*\n$/);
  });

  test('has one line for all files of one reason, among them the configuration of other programs', async () => {
    await using folder = await folderOf({
      'a/kustomization.yaml': 'resources: [c.json]\n',
      'a/.golangci.yml': 'linters: {}\n',
      'b/kustomization.yaml': 'resources: [c.json]\n',
      'c.json': pod,
      'patch.yaml': '- { op: remove, path: /spec }\n',
    });

    expect(await cwii(['preview', '-R', '-f', '.', '-o', 'explain'], { cwd: folder.path })).toMatchObject({
      status: 0,
      stderr:
        'Warning: a/.golangci.yml and 1 more are left out: not a Kubernetes object; it needs apiVersion and kind as strings [manifest-left-out]\n' +
        'Warning: a/kustomization.yaml and 1 more are left out: an input of kustomize; pass what `kubectl kustomize` prints [manifest-left-out]\n',
    });
  });

  test('is not enough for a file with a manifest beside another document', async () => {
    await using folder = await folderOf({ 'a.yaml': `linters: {}\n---\n${pod}` });

    const { status, stderr } = await cwii(['preview', '-f', '.'], { cwd: folder.path });

    expect(status).toBe(1);
    expect(stderr).toMatch(/^cwii: a\.yaml, document 1: not a Kubernetes object/);
  });

  test('is not needed for the error about a single template', async () => {
    await using folder = await folderOf({ 'a.yaml': template });

    expect(await cwii(['preview', '-f', 'a.yaml'], { cwd: folder.path })).toEqual({
      status: 1,
      stdout: '',
      stderr:
        'cwii: a.yaml: a template that is not rendered ({{ … }}); pass what `helm template` prints [manifest-invalid]\n',
    });
  });
});

test('kinds whose operators create pods have one line each, and kinds without pods none', async () => {
  const custom = (group: string, kind: string, name: string, spec: object) => ({
    ...object(kind, name, {}, { spec }),
    apiVersion: `${group}/v1`,
  });
  const { status, stderr } = await explain([
    custom('monitoring.coreos.com', 'Prometheus', 'k8s', { replicas: 2 }),
    custom('monitoring.coreos.com', 'Prometheus', 'apps', { replicas: 2 }),
    custom('monitoring.coreos.com', 'Alertmanager', 'main', {}),
    custom('postgresql.example.com', 'Database', 'db', { instance: { containers: [{ name: 'db', image: 'db' }] } }),
    custom('monitoring.coreos.com', 'ServiceMonitor', 'web', { endpoints: [{ port: 'http' }] }),
    deployment('web', 'default'),
  ]);

  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: [
      ['Prometheus', 2],
      ['Alertmanager', 1],
      ['Database', 1],
    ]
      .map(
        ([kind, count]) =>
          `Warning: ${kind} (${count}) is not shown, because its operator creates workloads for it; add those (kubectl get statefulset,deployment,daemonset -o json) [operator-creates-pods]\n`,
      )
      .join(''),
  });
});

test('pods of templates have names that the cluster cannot have', async () => {
  const cronJob = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'nightly', namespace: 'shop' },
    spec: { jobTemplate: { spec: { template: { spec: podSpec('default') } } } },
  };
  const { stdout } = await cwii(['preview', '-f', '-', '-o', 'json'], {
    stdin: listOf([deployment('web', 'default'), cronJob]),
  });

  const { items } = JSON.parse(stdout) as { items: { metadata: { generateName: string } }[] };
  expect(items.map(({ metadata }) => metadata.generateName)).toEqual(['web-preview-', 'nightly-00000000-']);
});
