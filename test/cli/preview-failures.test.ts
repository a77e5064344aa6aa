// Tests for denials, warnings and errors of `cwii preview`.

import { describe, expect, test } from 'vitest';
import { cwii, failure, folderOf } from './command.ts';

const preview = (stdin: string, ...options: string[]) => cwii(['preview', '-f', '-', ...options], { stdin });

const spec = 'spec: { serviceAccountName: my-app, containers: [{ name: app, image: app }] }';
const deniedPod = `apiVersion: v1\nkind: Pod\nmetadata: { name: bad, annotations: { cwii.dev/aws-role-arn: my-role } }\n${spec}\n`;
const validPod = `apiVersion: v1\nkind: Pod\nmetadata: { name: good }\n${spec}\n`;
const denial = expect.stringMatching(
  /^Error: Pod default\/bad is denied: cwii\.dev\/aws-role-arn "my-role" on Pod default\/bad: .+ \[aws-role-arn-invalid\]\n$/,
);

describe.concurrent('a denied pod', () => {
  test('is reported on standard error with status 1, and other pods are printed', async () => {
    const { status, stdout, stderr } = await preview(`${deniedPod}---\n${validPod}`, '-o', 'json');

    expect({ status, stderr }).toEqual({ status: 1, stderr: denial });
    expect(JSON.parse(stdout).items.map((pod: { metadata: { name: string } }) => pod.metadata.name)).toEqual(['good']);
  });

  test('gives an empty List with -o json if it is the only one', async () => {
    const { status, stdout, stderr } = await preview(deniedPod, '-o', 'json');

    expect({ status, stderr }).toEqual({ status: 1, stderr: denial });
    expect(JSON.parse(stdout)).toEqual({ apiVersion: 'v1', kind: 'List', metadata: {}, items: [] });
  });

  test('is explained with -o explain', async () => {
    const { status, stdout, stderr } = await preview(deniedPod, '-o', 'explain');

    expect({ status, stderr }).toEqual({ status: 1, stderr: denial });
    expect(stdout).toMatch(/^✗ default Pod bad {2}denied: cwii\.dev\/aws-role-arn "my-role" on Pod default\/bad: /);
    expect(stdout).toMatch(/ \[aws-role-arn-invalid\]\n/);
    expect(stdout).toMatch(/\n +cwii\.dev\/aws-role-arn +"my-role" from Pod default\/bad\n/);
  });
});

test('a warning is printed as by kubectl, with its code and status 0', async () => {
  const pod = `apiVersion: v1\nkind: Pod\nmetadata: { name: web, annotations: { cwii.dev/aws-inject: "true" } }\n${spec}`;
  const { status, stderr } = await preview(pod);

  expect(status).toBe(0);
  expect(stderr).toMatch(/^Warning: cwii\.dev\/aws-inject "true" on Pod default\/web: .+ \[aws-role-missing\]\n$/);
});

test('a mirror pod is reported as unchanged', async () => {
  const pod = `apiVersion: v1\nkind: Pod\nmetadata: { name: etcd, annotations: { kubernetes.io/config.mirror: abc } }\n${spec}`;
  const { status, stderr } = await preview(pod);

  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: 'Warning: Pod default/etcd is not changed by the webhook [mirror-pod]\n',
  });
});

describe.concurrent('a file that cannot be read is reported', () => {
  test.for([
    ['a missing file', 'pod.yaml', 'pod.yaml does not exist'],
    ['a directory without manifests', 'empty', 'empty: the directory has no .yaml, .yml or .json file'],
    ['an empty file', 'nothing.yaml', 'nothing.yaml: no Kubernetes objects found; pass a Pod or a workload'],
    ['a file of comments', 'comment.yaml', 'comment.yaml: no Kubernetes objects found; pass a Pod or a workload'],
    ['bad YAML, with line and column', 'bad.yaml', /^bad\.yaml, line 5, column 1: .+$/],
    ['bad JSON, with line and column', 'bad.json', /^bad\.json, line 2, column \d+: .+$/],
    ['one key twice', 'twice.yaml', /^twice\.yaml, line 3, column 24: .+$/],
    ['an alias of nothing', 'alias.yaml', 'alias.yaml, line 3, column 19: the alias *other has no anchor'],
  ] as const)('%s', async ([, file, message]) => {
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
    const printed = /^cwii: (.+) \[manifest-invalid\]\n$/.exec(stderr)?.[1];
    expect(printed).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });
});

describe.concurrent('an invalid object is reported', () => {
  const claim = '{ spec: {} }';
  test.for([
    ['without a kind', 'metadata: { name: web }', 'not a Kubernetes object; it needs apiVersion and kind as strings'],
    ['that is text', 'a pod, please', 'not a Kubernetes object; it needs apiVersion and kind as strings'],
    ['without a name', 'apiVersion: v1\nkind: Pod\nmetadata: {}', 'Pod: metadata.name is missing'],
    [
      'of an unknown kind',
      'apiVersion: apps/v1\nkind: Deploymnet\nmetadata: { name: web }',
      'apps/v1 has no kind Deploymnet; its kinds that create pods are DaemonSet, Deployment, ReplicaSet, StatefulSet',
    ],
    [
      'with an annotation that YAML makes a boolean',
      `apiVersion: v1\nkind: Pod\nmetadata: { name: web, annotations: { cwii.dev/aws-inject: true } }\n${spec}`,
      'Pod web: annotation cwii.dev/aws-inject is not a string; write it in quotes: cwii.dev/aws-inject: "true"',
    ],
    [
      "with a template's annotation that YAML 1.1 makes a boolean",
      `apiVersion: apps/v1\nkind: DaemonSet\nmetadata: { name: web }\nspec: { template: { metadata: { annotations: { cwii.dev/aws-verify: true } }, ${spec} } }`,
      'DaemonSet web, spec.template: annotation cwii.dev/aws-verify is not a string; write it in quotes: cwii.dev/aws-verify: "true"',
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
  ] as const)('%s', async ([, manifest, message]) => {
    expect(await preview(manifest)).toEqual(failure(`standard input: ${message}`, 'manifest-invalid'));
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
      'owner references that are not a list',
      `apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: { name: web, ownerReferences: 3 }\nspec: { template: { ${spec} } }`,
      /ownerReferences/,
    ],
    [
      "a Job template's label that YAML makes a number",
      `apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: web }\nspec: { jobTemplate: { metadata: { labels: { a: 1 } }, spec: { template: { ${spec} } } } }`,
      /label a is not a string; write it in quotes/,
    ],
    ['a List without items', 'apiVersion: v1\nkind: List\nitems:', /no Kubernetes objects found/],
    [
      'a name that YAML makes a number',
      `apiVersion: v1\nkind: Pod\nmetadata: { name: 5 }\n${spec}`,
      /metadata\.name must be a value of type string; write it in quotes/,
    ],
  ] as const)('%s', async ([, manifest, message]) => {
    const { status, stdout, stderr } = await preview(manifest);

    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^cwii: standard input: .+ \[manifest-invalid\]$/),
    ]);
    expect(stderr).toMatch(message);
  });

  test('an invalid namespace, as a usage error', async () => {
    const { status, stdout, stderr } = await preview(validPod, '-n', 'Shop_1');

    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^error: .*"Shop_1" cannot be the name of a namespace.* \[usage\]\n/);
    expect(stderr).not.toContain('AdmissionReview');
  });

  test('no objects at all', async () => {
    expect(await preview('# nothing yet\n')).toEqual(
      failure('standard input: no Kubernetes objects found; pass a Pod or a workload', 'manifest-invalid'),
    );
  });

  test('files without a Pod or workload', async () => {
    expect(await preview('apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }')).toEqual(
      failure(
        'nothing to preview: standard input has Namespace, but no Pod and no workload that creates Pods',
        'nothing-to-preview',
      ),
    );
  });

  test.for([
    ['values.yaml', 'image: web\n', 'an input of Helm; pass what `helm template` prints'],
    [
      'kustomization.yml',
      'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [pod.yaml]\n',
      'an input of kustomize; pass what `kubectl kustomize` prints',
    ],
  ] as const)('a file named %s, which is for another program', async ([name, content, reason]) => {
    await using folder = await folderOf({ [name]: content });

    expect(await cwii(['preview', '-f', name], { cwd: folder.path })).toEqual(
      failure(`${name}: ${reason}`, 'manifest-invalid'),
    );
  });

  test('only objects whose pods cannot be simulated, which the message does not deny', async () => {
    const service =
      'apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: { name: web }\nspec: { template: { spec: { containers: [] } } }';
    const { status, stdout, stderr } = await preview(service);

    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^Warning: .*Service.* \[[\w-]+\]\n/);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(
      'cwii: nothing to preview: standard input has Service, but no Pod and no workload whose pods can be shown; see the warnings above [nothing-to-preview]',
    );
  });

  test('a workload of an unknown kind, with its setting', async () => {
    const rollout = `apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: { name: web }\nspec: { template: { ${spec} } }`;
    const { status, stdout, stderr } = await preview(rollout);

    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr.split('\n')[0]).toBe(
      'Warning: standard input: Rollout web is not shown, because its kind is not configured; add it to CWII_OWNER_KINDS as argoproj.io/v1alpha1/rollouts=Rollout [owner-kind-unknown]',
    );
  });
});

describe.concurrent('objects whose pods cannot be simulated are left out, and the rest is shown:', () => {
  const manifest = (apiVersion: string, kind: string, fields: string) =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: web-${kind.toLowerCase()} }\nspec: ${fields}`;
  const line = (kind: string, count: number) =>
    `Warning: ${kind} (${count}): not shown, because its pods cannot be simulated from the manifest; add the pods themselves (kubectl get pod -o yaml) [owner-not-simulated]`;

  test.for<[string, string, string, string[], string[]]>([
    [
      'tasks of Tekton',
      'tekton.dev/v1/taskruns=TaskRun',
      'tekton.dev/v1',
      ['TaskRun', 'TaskRun'],
      ['{ taskRef: { name: build } }'],
    ],
    [
      'a Rollout that takes its template from a Deployment',
      'argoproj.io/v1alpha1/rollouts=Rollout',
      'argoproj.io/v1alpha1',
      ['Rollout'],
      ['{ workloadRef: { apiVersion: apps/v1, kind: Deployment, name: web } }'],
    ],
    [
      'a Fleet of Agones',
      'agones.dev/v1/fleets=Fleet',
      'agones.dev/v1',
      ['Fleet'],
      [`{ template: { spec: { template: { ${spec} } } } }`],
    ],
    [
      'a Service of Knative',
      'serving.knative.dev/v1/services=Service',
      'serving.knative.dev/v1',
      ['Service'],
      [`{ template: { ${spec} } }`],
    ],
    [
      'a Service of Knative that is not configured',
      '',
      'serving.knative.dev/v1',
      ['Service'],
      [`{ template: { ${spec} } }`],
    ],
  ])('%s', async ([, ownerKinds, apiVersion, kinds, [fields = '']]) => {
    const objects = kinds.map((kind) => manifest(apiVersion, kind, fields));
    const { status, stdout, stderr } = await cwii(['preview', '-f', '-', '-o', 'json'], {
      stdin: [...objects, validPod].join('\n---\n'),
      env: { CWII_OWNER_KINDS: ownerKinds },
    });

    expect({ status, stderr }).toEqual({ status: 0, stderr: `${line(kinds[0] ?? '', kinds.length)}\n` });
    expect(JSON.parse(stdout).items).toHaveLength(1);
  });

  test('not if their pods are in the files', async () => {
    const owner = `{ apiVersion: tekton.dev/v1, kind: TaskRun, name: web-taskrun, uid: "1", controller: true }`;
    const pod = `apiVersion: v1\nkind: Pod\nmetadata: { name: web, ownerReferences: [${owner}] }\n${spec}\n`;
    const run = manifest('tekton.dev/v1', 'TaskRun', '{ taskRef: { name: build } }').replace(
      'name: web',
      'uid: "1", name: web',
    );
    const { status, stderr } = await cwii(['preview', '-f', '-', '-o', 'json'], {
      stdin: [run, pod].join('\n---\n'),
      env: { CWII_OWNER_KINDS: 'tekton.dev/v1/taskruns=TaskRun' },
    });

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test.for([
    ['karpenter.sh/v1', 'NodePool', '{ template: { spec: { requirements: [] } } }'],
    ['cluster.x-k8s.io/v1beta1', 'MachineDeployment', '{ template: { spec: { bootstrap: {} } } }'],
    ['external-secrets.io/v1', 'ExternalSecret', '{ target: { template: { data: { a: b } } } }'],
  ] as const)('%s %s makes no pods, so no setting is suggested for it', async ([apiVersion, kind, fields]) => {
    const { status, stderr } = await preview([manifest(apiVersion, kind, fields), validPod].join('\n---\n'));

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe.concurrent('invalid settings are all reported', () => {
  test.for([
    [
      { CWII_AWS_ENABELD: 'true' },
      ['unknown setting CWII_AWS_ENABELD; did you mean CWII_AWS_ENABLED\\? See docs/configuration.md'],
    ],
    [
      { CWII_AWS_ENABLED: 'yes', CWII_TOKEN_EXPIRATION: '60', CWII_MOUNT_ROOT: 'secrets' },
      ['CWII_AWS_ENABLED', 'CWII_TOKEN_EXPIRATION', 'CWII_MOUNT_ROOT'],
    ],
  ] as const)('%j', async ([env, names]) => {
    const { status, stdout, stderr } = await cwii(['preview', '-f', '-'], { stdin: validPod, env });

    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    const [heading, ...problems] = stderr.trimEnd().split('\n');
    expect(heading).toMatch(/^cwii: .*cannot start with this configuration:$/);
    expect(problems).toEqual(names.map((name) => expect.stringMatching(new RegExp(`^ {2}- .*${name}.*`))));
    expect(stderr).toMatch(/ \[config-invalid\]\n$/);
  });
});
