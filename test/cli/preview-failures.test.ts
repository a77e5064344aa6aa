// What `cwii preview` says where it refuses a pod or cannot go on: a clear sentence, status 1, never a stack trace.

import { describe, expect, test } from 'vitest';
import { cwii, failure, folderOf } from './command.ts';

const preview = (stdin: string, ...options: string[]) => cwii(['preview', '-f', '-', ...options], { stdin });

const spec = 'spec: { serviceAccountName: my-app, containers: [{ name: app, image: app }] }';
const refused = `apiVersion: v1\nkind: Pod\nmetadata: { name: bad, annotations: { cwii.dev/aws-role-arn: my-role } }\n${spec}\n`;
const fine = `apiVersion: v1\nkind: Pod\nmetadata: { name: good }\n${spec}\n`;
const refusal =
  'Error: Pod default/bad is refused: cwii.dev/aws-role-arn "my-role" on Pod default/bad: not the ARN of an IAM role; write arn:aws:iam::<12-digit account>:role/<name>\n';

describe.concurrent('a pod that is refused', () => {
  test('is told of on standard error with status 1, while the others are printed', async () => {
    const { status, stdout, stderr } = await preview(`${refused}---\n${fine}`, '-o', 'json');

    expect({ status, stderr }).toEqual({ status: 1, stderr: refusal });
    expect(JSON.parse(stdout).items.map((pod: { metadata: { name: string } }) => pod.metadata.name)).toEqual(['good']);
  });

  test('leaves an empty List where it is the only one, so that -o json is always JSON', async () => {
    const { status, stdout, stderr } = await preview(refused, '-o', 'json');

    expect({ status, stderr }).toEqual({ status: 1, stderr: refusal });
    expect(JSON.parse(stdout)).toEqual({ apiVersion: 'v1', kind: 'List', metadata: {}, items: [] });
  });

  test('is explained all the same', async () => {
    const { status, stdout, stderr } = await preview(refused, '-o', 'explain');

    expect({ status, stderr }).toEqual({ status: 1, stderr: refusal });
    expect(stdout).toMatch(/^Pod default\/bad: refused\n +cwii\.dev\/aws-role-arn +"my-role" from Pod default\/bad\n/);
  });
});

test('a warning is shown in the words of kubectl and ends with status 0', async () => {
  const pod = `apiVersion: v1\nkind: Pod\nmetadata: { name: web, annotations: { cwii.dev/aws-inject: "true" } }\n${spec}`;
  const { status, stderr } = await preview(pod);

  expect({ status, stderr }).toEqual({
    status: 0,
    stderr:
      'Warning: cwii.dev/aws-inject "true" on Pod default/web: no role is set, so nothing is injected for AWS; set cwii.dev/aws-role-arn\n',
  });
});

test('a mirror pod is said to be left alone', async () => {
  const pod = `apiVersion: v1\nkind: Pod\nmetadata: { name: etcd, annotations: { kubernetes.io/config.mirror: abc } }\n${spec}`;
  const { status, stderr } = await preview(pod);

  expect({ status, stderr }).toEqual({ status: 0, stderr: 'Warning: Pod default/etcd is left alone: mirror-pod\n' });
});

describe.concurrent('files that cannot be read end with a sentence', () => {
  test.for([
    ['a missing file', 'pod.yaml', 'cwii: pod.yaml: no such file'],
    ['a directory without manifests', 'empty', 'cwii: empty: no .yaml, .yml or .json file in this directory'],
    [
      'an empty file',
      'nothing.yaml',
      'cwii: nothing.yaml: no Kubernetes objects in it; a Pod or a workload is expected',
    ],
    [
      'a file of comments',
      'comment.yaml',
      'cwii: comment.yaml: no Kubernetes objects in it; a Pod or a workload is expected',
    ],
    [
      'bad YAML, with line and column',
      'bad.yaml',
      'cwii: bad.yaml, line 5, column 1: All mapping items must start at the same column',
    ],
    ['bad JSON, with line and column', 'bad.json', /^cwii: bad\.json, line 2, column \d+: .+$/],
    ['one key twice', 'twice.yaml', 'cwii: twice.yaml, line 3, column 24: Map keys must be unique'],
    [
      'an alias of nothing',
      'alias.yaml',
      'cwii: alias.yaml: Unresolved alias (the anchor must be set before the alias): other',
    ],
  ] as const)('%s', async ([, file, sentence]) => {
    await using folder = await folderOf({
      'nothing.yaml': '',
      'comment.yaml': '# nothing yet\n',
      'bad.yaml': 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n annotations: {}\n',
      'bad.json': '{ "apiVersion": "v1",\n  "kind": "Pod" "metadata": {} }',
      'twice.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: { name: one, name: two }\n',
      'alias.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: { name: *other }\n',
      'empty/README.md': '',
    });
    const { status, stdout, stderr } = await cwii(['preview', '-f', file], { cwd: folder.path });

    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr.split('\n')).toEqual([typeof sentence === 'string' ? sentence : expect.stringMatching(sentence), '']);
  });
});

describe.concurrent('objects that are none end with a sentence', () => {
  const claim = '{ spec: {} }';
  test.for([
    ['without a kind', 'metadata: { name: web }', 'not a Kubernetes object: apiVersion and kind are expected, as text'],
    ['that is text', 'a pod, please', 'not a Kubernetes object: apiVersion and kind are expected, as text'],
    ['without a name', 'apiVersion: v1\nkind: Pod\nmetadata: {}', 'Pod: metadata.name is missing'],
    [
      'of an unknown kind',
      'apiVersion: apps/v1\nkind: Deploymnet\nmetadata: { name: web }',
      'there is no kind Deploymnet in apps/v1; its kinds that make pods are DaemonSet, Deployment, ReplicaSet, StatefulSet',
    ],
    [
      'with an annotation that YAML makes a boolean',
      `apiVersion: v1\nkind: Pod\nmetadata: { name: web, annotations: { cwii.dev/aws-inject: true } }\n${spec}`,
      'Pod web: annotation cwii.dev/aws-inject is not text; write it in quotes: cwii.dev/aws-inject: "true"',
    ],
    [
      "with a template's annotation that YAML 1.1 makes a boolean",
      `apiVersion: apps/v1\nkind: DaemonSet\nmetadata: { name: web }\nspec: { template: { metadata: { annotations: { cwii.dev/aws-verify: true } }, ${spec} } }`,
      'DaemonSet web, spec.template: annotation cwii.dev/aws-verify is not text; write it in quotes: cwii.dev/aws-verify: "true"',
    ],
    [
      'of a workload without a template',
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }',
      'Deployment web: spec.template.spec is missing',
    ],
    [
      'of a CronJob without a jobTemplate',
      'apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: web }\nspec: {}',
      'CronJob web: spec.jobTemplate is missing',
    ],
  ] as const)('%s', async ([, manifest, sentence]) => {
    expect(await preview(manifest)).toEqual(failure(`cwii: standard input: ${sentence}`));
  });

  test.for([
    ['a Pod without a spec', 'apiVersion: v1\nkind: Pod\nmetadata: { name: web }', /spec/],
    [
      'a container without a name',
      'apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec: { containers: [{ image: app }] }',
      /containers\.0\.name/,
    ],
    [
      'a volume claim template without a name',
      `apiVersion: apps/v1\nkind: StatefulSet\nmetadata: { name: db }\nspec: { volumeClaimTemplates: [${claim}], template: { ${spec} } }`,
      /volumeClaimTemplates/,
    ],
    [
      'owner references that are no list',
      `apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: { name: web, ownerReferences: 3 }\nspec: { template: { ${spec} } }`,
      /ownerReferences/,
    ],
    [
      "a Job template's label that YAML makes a number",
      `apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: web }\nspec: { jobTemplate: { metadata: { labels: { a: 1 } }, spec: { template: { ${spec} } } } }`,
      /label a is not text; write it in quotes/,
    ],
    ['a List without items', 'apiVersion: v1\nkind: List\nitems:', /no Kubernetes objects in it|items/],
    [
      'a name that YAML makes a number',
      `apiVersion: v1\nkind: Pod\nmetadata: { name: 5 }\n${spec}`,
      /metadata\.name is not text|quotes/,
    ],
  ] as const)('%s', async ([, manifest, sentence]) => {
    const { status, stdout, stderr } = await preview(manifest);

    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(/^cwii: standard input: /)]);
    expect(stderr).toMatch(sentence);
  });

  test('a namespace that can be none, in words of the command and not of the webhook', async () => {
    const { status, stdout, stderr } = await preview(fine, '-n', 'Shop_1');

    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^error: .*"Shop_1" cannot be the name of a namespace/);
    expect(stderr).not.toContain('AdmissionReview');
  });

  test('no objects at all', async () => {
    expect(await preview('# nothing yet\n')).toEqual(
      failure('cwii: standard input: no Kubernetes objects in it; a Pod or a workload is expected'),
    );
  });

  test('nothing that makes pods', async () => {
    expect(await preview('apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }')).toEqual(
      failure(
        'cwii: nothing to preview in standard input: it has Namespace, but no Pod and no workload that makes Pods',
      ),
    );
  });

  test('a workload of a kind that is not configured, with how to configure it', async () => {
    const rollout = `apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: { name: web }\nspec: { template: { ${spec} } }`;
    const { status, stdout, stderr } = await preview(rollout);

    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr.split('\n')[0]).toBe(
      'Warning: standard input: Rollout web is left out: its kind is not among the owners; add it to CWII_OWNER_KINDS as argoproj.io/v1alpha1/rollouts=Rollout',
    );
  });
});

describe.concurrent('settings that cannot be used end with a sentence for each', () => {
  test.for([
    [{ CWII_AWS_ENABELD: 'true' }, ['unknown setting CWII_AWS_ENABELD; see docs/configuration.md']],
    [
      { CWII_AWS_ENABLED: 'yes', CWII_TOKEN_EXPIRATION: '60', CWII_MOUNT_ROOT: 'secrets' },
      [
        'CWII_AWS_ENABLED is "yes"; write true or false',
        'CWII_TOKEN_EXPIRATION is "60"; write a whole number from 600 to 4294967296',
        'CWII_MOUNT_ROOT is "secrets"; write an absolute path without a trailing slash',
      ],
    ],
  ] as const)('%j', async ([env, problems]) => {
    const lines = ['cwii: cwii cannot start with this configuration:', ...problems.map((problem) => `  - ${problem}`)];

    expect(await cwii(['preview', '-f', '-'], { stdin: fine, env })).toEqual(failure(lines.join('\n')));
  });
});
