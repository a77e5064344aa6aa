// Each feature of an identity, for a cloud, a service of the catalogue and a service of one's own.
//
// Elsewhere: the require policies (test/cluster/policies.test.ts), the policies that inject
// (test/cluster/differential), real tokens (test/cluster/seven-identities.test.ts), SDKs (docs/sdks.md).

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ManifestReader } from '../../cli/preview/manifest-reader.ts';
import { adviceFrom } from '../fakes/advice.ts';
import { reviewOf } from '../fakes/events.ts';
import { cwii } from './command.ts';
import { type Annotations, type Subject, subjects } from './identity-subjects.ts';

const scopes = ['namespace', 'serviceAccount', 'owner', 'pod'] as const;
type Scope = (typeof scopes)[number];

/** The manifests of a Deployment with its scopes. */
function manifestsOf(annotations: Readonly<Partial<Record<Scope, Annotations>>>, spec: object = {}) {
  const at = (scope: Scope) => annotations[scope] ?? {};
  const containers = [
    { name: 'app', image: 'app' },
    { name: 'other', image: 'other' },
  ];
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', annotations: at('namespace') } },
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'web', namespace: 'shop', annotations: at('serviceAccount') },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop', annotations: at('owner') },
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { annotations: at('pod'), labels: { app: 'web' } },
          spec: { serviceAccountName: 'web', containers, ...spec },
        },
      },
    },
  ];
}

async function preview(
  subject: Subject,
  annotations: Parameters<typeof manifestsOf>[0],
  { spec = {}, env = {} }: { readonly spec?: object; readonly env?: Readonly<Record<string, string>> } = {},
) {
  const stdin = manifestsOf(annotations, spec).map((manifest) => `${JSON.stringify(manifest)}\n`);
  const options = { stdin: stdin.join('---\n'), env: { ...subject.env, ...env } };
  const { status, stdout, stderr } = await cwii(['preview', '-f', '-', '-o', 'yaml'], options);
  const pod = parseAllDocuments(stdout)
    .map((document) => document.toJS())
    .find((manifest) => manifest?.kind === 'Pod');
  const variablesOf = (name: string): Record<string, string> => {
    const container = pod?.spec.containers.find((one: { name: string }) => one.name === name);
    return Object.fromEntries((container?.env ?? []).map(({ name, value }: Record<string, string>) => [name, value]));
  };
  return { status, stderr, injected: pod?.metadata.annotations?.['cwii.dev/injected'], variablesOf };
}

describe.each(subjects)('$id', (subject) => {
  const { id, trigger, principal, second, further = {}, tokenVariable } = subject;
  const annotations = { [trigger.key]: trigger.value, [second.key]: second.values[0], ...further };

  test.each(scopes)('is resolved at the scope %s, with the status annotation', async (scope) => {
    const { injected, variablesOf } = await preview(subject, { [scope]: annotations });

    expect(injected).toBe(id);
    expect(variablesOf('app')).toMatchObject({
      [principal]: trigger.value,
      [second.variable]: second.values[0],
      [tokenVariable]: `/var/run/secrets/cwii.dev/${id}/token`,
    });
  });

  test.each(scopes.slice(1).map((scope, index) => [scope, scopes[index] ?? scope] as const))(
    'prefers one key of the scope %s to that of %s, and keeps the others',
    async (narrow, wide) => {
      const { variablesOf } = await preview(subject, {
        [wide]: annotations,
        [narrow]: { [second.key]: second.values[1] },
      });

      expect(variablesOf('app')).toMatchObject({ [principal]: trigger.value, [second.variable]: second.values[1] });
    },
  );

  test.each(scopes)('is suppressed by its inject annotation at the scope %s', async (scope) => {
    const { status, injected, variablesOf } = await preview(subject, {
      namespace: annotations,
      [scope]: { ...(scope === 'namespace' && annotations), [`cwii.dev/${id}-inject`]: 'false' },
    });

    expect({ status, injected, variables: variablesOf('app') }).toEqual({
      status: 0,
      injected: undefined,
      variables: {},
    });
  });

  test('has a hint for a misspelt key', async () => {
    const { stderr } = await preview(subject, { pod: { [subject.misspelt]: trigger.value } });

    expect(stderr).toContain(`did you mean ${trigger.key}?`);
  });

  test('denies a malformed value on the pod, and warns about one on the namespace', async () => {
    const malformed = { ...annotations, [trigger.key]: trigger.malformed };
    const ofPod = await preview(subject, { pod: malformed });
    const ofNamespace = await preview(subject, { namespace: malformed });

    expect(ofPod.stderr).toContain(subject.problem);
    expect(ofPod.status).not.toBe(0);
    expect(ofNamespace.stderr).toContain('so nothing is injected for');
    expect([ofNamespace.status, ofNamespace.injected]).toEqual([0, undefined]);
  });

  test('denies a value that a guard rail does not allow', async () => {
    const { status, stderr } = await preview(subject, { namespace: annotations }, { env: subject.rail });

    expect(stderr).toContain(Object.keys(subject.rail)[0]);
    expect(status).not.toBe(0);
  });

  test('uses the paths of Windows', async () => {
    const { variablesOf } = await preview(subject, { pod: annotations }, { spec: { os: { name: 'windows' } } });

    expect(variablesOf('app')[tokenVariable]).toBe(`C:\\var\\run\\secrets\\cwii.dev\\${id}\\token`);
  });

  test.each(['skip', 'include'])('leaves out containers by %s-containers', async (word) => {
    const names = word === 'skip' ? 'other' : 'app';
    const chosen = { ...annotations, [`cwii.dev/${word}-containers`]: names };
    const { variablesOf } = await preview(subject, { serviceAccount: chosen });

    expect(variablesOf('app')).toHaveProperty(principal);
    expect(variablesOf('other')).toEqual({});
  });

  test('gives advice on a ServiceAccount with a malformed value', async () => {
    const object = manifestsOf({ serviceAccount: { ...annotations, [trigger.key]: trigger.malformed } })[1];
    const review = reviewOf(({ request }) => {
      Object.assign(request, {
        kind: { group: '', version: 'v1', kind: 'ServiceAccount' },
        resource: { group: '', version: 'v1', resource: 'serviceaccounts' },
        object,
      });
    });
    const advice = await adviceFrom(new ManifestReader([]), review, subject.env);

    expect(JSON.stringify(advice)).toContain(trigger.key);
    expect(JSON.stringify(advice)).toContain(subject.problem);
  });

  test('is explained with its values and their scopes', async () => {
    const stdin = manifestsOf({ namespace: annotations, pod: { [second.key]: second.values[1] } });
    const { status, stdout } = await cwii(['preview', '-f', '-', '-o', 'explain', '--pod', 'shop/web'], {
      stdin: stdin.map((manifest) => JSON.stringify(manifest)).join('\n---\n'),
      env: { ...subject.env },
    });

    expect(status).toBe(0);
    const lineOf = (key: string) => stdout.split('\n').find((line) => line.includes(key.slice('cwii.dev/'.length)));
    expect(lineOf(trigger.key)).toMatch(new RegExp(`${trigger.value}.*Namespace`, 's'));
    expect(lineOf(second.key)).toMatch(new RegExp(`${second.values[1]}.*Pod`, 's'));
  });

  test('has a section in the documentation', async () => {
    const [page, heading] = subject.docs;
    const text = await readFile(join(import.meta.dirname, '..', '..', 'docs', page), 'utf8');

    expect(text.split('\n')).toContain(heading);
    if (id !== 'my-broker') expect(text).toContain(`\`${trigger.key}\``);
  });
});
