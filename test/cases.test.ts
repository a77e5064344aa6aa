// The golden cases: every folder of test/cases is a sentence about one pod, told by the manifests in it. Each is sent
// through the function as the API server would send it, and a second time as its own result.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import jsonPatch, { type Operation } from 'fast-json-patch';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type Manifest, ManifestReader } from '../cli/preview/manifest-reader.ts';
import type { ClusterReader } from '../lib/cluster/reader.ts';
import { StaticReader } from '../lib/cluster/static-reader.ts';
import { loadStaticAnnotations } from '../lib/settings/static-annotations.ts';
import { eventOf, reviewOf } from './fakes/events.ts';
import { reviewIn, startWebhook, type Webhook } from './fakes/webhook.ts';

interface GoldenCase {
  readonly pod: Manifest;
  /** The other objects of input.yaml. */
  readonly cluster: readonly Manifest[];
  readonly settings: Readonly<Record<string, string>>;
  /** The admitted pod; undefined where it is denied. */
  readonly expected: unknown;
  readonly answer: Told;
}

/** What the API server is told beside the patch. */
interface Told {
  readonly warnings?: readonly string[];
  readonly denied?: string;
  readonly skipped?: string;
}

type Answer = Told & { readonly pod: Manifest; readonly patch: readonly Operation[] };

const CASES = join(import.meta.dirname, 'cases');
const FILES = ['input.yaml', 'expected.yaml', 'answer.yaml', 'settings.yaml'];

async function readCase(folder: string): Promise<GoldenCase> {
  const names = await readdir(folder);
  const complain = (problem: string) => new Error(`${folder}: ${problem}`);
  const stray = names.find((name) => !FILES.includes(name));
  if (stray) throw complain(`${stray} is no file of a case; its files are ${FILES.join(', ')}`);
  if (!names.includes('input.yaml')) throw complain('input.yaml is missing: the pod, and the objects of the cluster');

  const read = async (name: string): Promise<unknown[]> => {
    if (!names.includes(name)) return [];
    const documents = parseAllDocuments(await readFile(join(folder, name), 'utf8'));
    if ('empty' in documents) throw complain(`${name} is empty`);
    const problem = documents.flatMap(({ errors }) => errors)[0];
    if (problem) throw complain(`${name}: ${problem.message}`);
    return documents.map((document) => document.toJS({ reviver: compact }));
  };
  const readMap = async (name: string, keys: RegExp): Promise<Record<string, unknown>> => {
    const map = ((await read(name))[0] ?? {}) as Record<string, unknown>;
    const wrong = Object.keys(map).find((key) => !keys.test(key));
    if (wrong) throw complain(`${name}: ${wrong} is not expected there`);
    return map;
  };

  const objects = (await read('input.yaml')) as Manifest[];
  const pods = objects.filter(({ kind }) => kind === 'Pod');
  if (!pods[0] || pods.length > 1) throw complain(`input.yaml has ${pods.length} pods; one is expected`);
  const [expected, ...more] = await read('expected.yaml');
  if (more.length > 0) throw complain('expected.yaml has several documents; the admitted pod alone is expected');
  const answer: Told = await readMap('answer.yaml', /^(warnings|denied|skipped)$/);
  if (expected === undefined && answer.denied === undefined)
    throw complain('expected.yaml is missing: the admitted pod, or `denied` in answer.yaml');
  if (expected !== undefined && answer.denied !== undefined)
    throw complain('a pod that is denied has no expected.yaml; remove it, or `denied` in answer.yaml');
  const settings = (await readMap('settings.yaml', /^CWII_/)) as Record<string, string>;
  return { pod: pods[0], cluster: objects.filter((object) => object !== pods[0]), settings, expected, answer };
}

/** JSON inside of a text, such as a credentials file, stands in a case as a person would write it, and in a pod compactly. */
function compact(_: unknown, value: unknown): unknown {
  return typeof value === 'string' && /^\{\n/.test(value) ? JSON.stringify(JSON.parse(value)) : value;
}

/** The cluster as the function is configured to know it: by its objects, or by annotations in the settings. */
async function readerOf({ cluster, settings }: GoldenCase): Promise<ClusterReader> {
  const annotations = settings['CWII_STATIC_ANNOTATIONS'];
  if (annotations === undefined) return new ManifestReader(cluster);
  return StaticReader.of(await loadStaticAnnotations(annotations));
}

/** Sends the pod to the function as the API server does, and applies the patch that comes back. */
async function admit(webhook: Webhook, pod: Manifest, namespace: string): Promise<Answer> {
  const uid = crypto.randomUUID();
  const review = reviewOf(({ request }) => {
    Object.assign(request, { uid, namespace, name: pod.metadata.name ?? '', object: pod });
  });
  const event = eventOf(review, (sent) => {
    sent.body = Buffer.from(sent.body ?? '').toString('base64');
    sent.isBase64Encoded = true;
  });
  const answer = await webhook.call(event);
  expect(answer).toMatchObject({ status: 200 });
  const { apiVersion, kind, response } = reviewIn(answer);
  expect({ apiVersion, kind, uid: response.uid }).toEqual({ apiVersion: review.apiVersion, kind: review.kind, uid });
  expect(response.patchType).toBe(response.patch && 'JSONPatch');

  const patch: Operation[] = response.patch ? JSON.parse(Buffer.from(response.patch, 'base64').toString()) : [];
  const { outcome, reason } = response.auditAnnotations ?? {};
  return {
    pod: jsonPatch.applyPatch(structuredClone(pod), patch, true).newDocument,
    patch,
    ...(response.warnings && { warnings: response.warnings }),
    ...(!response.allowed && { denied: response.status?.message ?? 'without a word' }),
    ...(outcome === 'skipped' && { skipped: reason ?? 'without a reason' }),
  };
}

/** What the API server and its ServiceAccount plugin fill in between two webhooks. */
function defaulted(admitted: Manifest): Manifest {
  const pod = structuredClone(admitted);
  // biome-ignore lint/suspicious/noExplicitAny: a pod is changed here as the API server would change any pod
  const spec = pod['spec'] as any;
  for (const { projected, downwardAPI } of spec.volumes ?? []) {
    for (const source of [projected, downwardAPI]) if (source) source.defaultMode ??= 0o644;
  }
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    for (const { valueFrom } of container.env ?? []) if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ??= 'v1';
    container.terminationMessagePath ??= '/dev/termination-log';
    container.imagePullPolicy ??= 'IfNotPresent';
    container.volumeMounts ??= [];
    const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
    if (container.volumeMounts.some((mount: { mountPath: string }) => mount.mountPath === mountPath)) continue;
    container.volumeMounts.push({ name: 'kube-api-access', mountPath, readOnly: true });
  }
  return pod;
}

const names = (await readdir(CASES)).sort();

describe('golden case:', () => {
  test.each(names.map((name) => [name.replaceAll('-', ' '), name]))('%s', async (_, name) => {
    // Prepare
    const golden = await readCase(join(CASES, name));
    const namespace = [golden.pod, ...golden.cluster].find(({ metadata }) => metadata.namespace)?.metadata.namespace;
    const webhook = startWebhook({ env: golden.settings, reader: await readerOf(golden) });

    // Act
    const { pod, patch, ...told } = await admit(webhook, golden.pod, namespace ?? 'default');

    // Assess
    expect(told).toEqual(golden.answer);
    expect(pod).toEqual(golden.expected ?? golden.pod);
    expect(patch.filter(({ op }) => op !== 'add')).toEqual([]);
    for (const admitted of golden.expected === undefined ? [] : [pod, defaulted(pod)]) {
      const again = await admit(webhook, admitted, namespace ?? 'default');
      const { denied, skipped } = golden.answer;
      expect(again, 'a second pass changes nothing').toMatchObject({ patch: [], pod: admitted });
      expect([again.denied, again.skipped], 'a second pass decides the same').toEqual([denied, skipped]);
      expect(told.warnings ?? [], 'a second pass has nothing new to say').toEqual(
        expect.arrayContaining([...(again.warnings ?? [])]),
      );
    }
  });
});

describe('the cases', () => {
  test('are at least 120, and each is a sentence in kebab-case', () => {
    expect(names.length).toBeGreaterThanOrEqual(120);
    expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+){3,}$/.test(name))).toEqual([]);
  });

  const pod = 'apiVersion: v1\nkind: Pod\nmetadata: { name: web }\n';
  test.each([
    ['has no input', {}, 'input.yaml is missing: the pod, and the objects of the cluster'],
    ['has a stray file', { 'input.yaml': pod, 'notes.md': '' }, 'notes.md is no file of a case; its files are input'],
    ['has no pod', { 'input.yaml': 'kind: Namespace' }, 'input.yaml has 0 pods; one is expected'],
    ['has two pods', { 'input.yaml': `${pod}---\n${pod}` }, 'input.yaml has 2 pods; one is expected'],
    ['is not YAML', { 'input.yaml': 'kind: [' }, 'input.yaml: Flow sequence'],
    ['expects nothing', { 'input.yaml': pod }, 'expected.yaml is missing: the admitted pod, or `denied`'],
    ['has an empty file', { 'input.yaml': pod, 'expected.yaml': '# soon' }, 'expected.yaml is empty'],
    [
      'expects a pod and a denial',
      { 'input.yaml': pod, 'expected.yaml': pod, 'answer.yaml': 'denied: no' },
      'a pod that is denied has no expected.yaml',
    ],
    [
      'expects an answer that there is not',
      { 'input.yaml': pod, 'expected.yaml': pod, 'answer.yaml': 'warning: [oh]' },
      'answer.yaml: warning is not expected there',
    ],
  ])('fail with a sentence where one %s', async (_, files, sentence) => {
    const folder = await mkdtemp(join(tmpdir(), 'cwii-case-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);

    await expect(readCase(folder)).rejects.toThrow(`${folder}: ${sentence}`);
  });
});
